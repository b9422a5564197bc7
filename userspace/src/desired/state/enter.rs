//! How the store's content gets into the state, and out of it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{Content, State};
use crate::{
    model::Id,
    store::{
        Change, Concern, Revision, Snapshot,
        schema::{Claim, Key, Part},
    },
};

/// A key with its new value; `None` where it is gone.
type TypedChange<'c> = (Key, Option<&'c [u8]>);

impl State {
    /// The state that a snapshot of everything holds.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        let mut state = Self { revision: snapshot.revision, ..Self::default() };
        for entry in &snapshot.entries {
            let Some(key) = Key::parse(&entry.key) else { continue };
            let content = key.part().map(|part| state.parts.entry(part).or_default());
            if let Some(content) = content {
                (content.revision, content.changed) = (snapshot.revision, snapshot.revision);
            }
            state.enter(key, Some(&entry.value), entry.revision);
        }
        state
    }

    /// Carries a change out. What a part already holds is passed over.
    pub fn apply(&mut self, change: &Change) {
        let mut parts: BTreeMap<Option<Part>, Vec<TypedChange<'_>>> = BTreeMap::new();
        for (text, value) in &change.keys {
            let Some(key) = Key::parse(text) else { continue };
            parts.entry(key.part()).or_default().push((key, value.as_deref()));
        }
        for (part, keys) in parts {
            if part.is_none_or(|part| self.advance(part, change.revision, &keys)) {
                keys.into_iter().for_each(|(key, value)| self.enter(key, value, change.revision));
            }
        }
        self.revision = self.revision.max(change.revision);
    }

    /// Takes note of a change of a part; false where that is known already.
    fn advance(&mut self, part: Part, revision: Revision, keys: &[TypedChange<'_>]) -> bool {
        let content = self.parts.entry(part).or_default();
        if revision <= content.revision {
            return false;
        }
        content.revision = revision;
        if !keys.iter().all(|(key, _)| key.is_report()) {
            content.changed = revision;
            self.changed += 1;
        }
        true
    }

    /// Makes a part as a snapshot of it says: what is not in there is gone.
    pub fn replace(&mut self, part: &Part, snapshot: &Snapshot) {
        let content =
            Content { revision: snapshot.revision, changed: snapshot.revision, ..Content::default() };
        let mut gone = self.parts.insert(part.clone(), content).unwrap_or_default().written;
        let is_in_it = |key: &Key| key.part().as_ref() == Some(part);
        for entry in &snapshot.entries {
            if let Some(key) = Key::parse(&entry.key).filter(is_in_it) {
                gone.remove(&key);
                self.enter(key, Some(&entry.value), entry.revision);
            }
        }
        gone.into_keys().for_each(|key| self.enter(key, None, snapshot.revision));
        self.revision = self.revision.max(snapshot.revision);
        self.changed += 1;
    }

    /// Takes note of what was looked up, whether anybody follows it or not.
    pub fn look_up(&mut self, found: &Snapshot) {
        for entry in &found.entries {
            let Some(key) = Key::parse(&entry.key) else { continue };
            self.enter(key, Some(&entry.value), entry.revision);
        }
    }

    /// Compares keys with what the store has: takes note of those that nobody follows, and says in which parts
    /// others are not as was found.
    pub fn compare(&mut self, keys: &[String], found: &Snapshot) -> BTreeSet<Part> {
        let mut stale = BTreeSet::new();
        for (text, key) in keys.iter().filter_map(|text| Some((text, Key::parse(text)?))) {
            let entry = found.entries.iter().find(|entry| entry.key == *text);
            match key.part().filter(|part| self.parts.contains_key(part)) {
                None => {
                    let at = entry.map_or(found.revision, |e| e.revision);
                    self.enter(key, entry.map(|e| e.value.as_slice()), at);
                }
                Some(part) if self.written(&key) != entry.map(|e| e.revision) => _ = stale.insert(part),
                Some(_) => {}
            }
        }
        stale
    }

    /// Forgets a part: it is of no interest any more.
    pub fn forget(&mut self, part: &Part) {
        let keys: Vec<Key> =
            self.parts.get(part).into_iter().flat_map(|c| c.written.keys().cloned()).collect();
        keys.into_iter().for_each(|key| self.enter(key, None, 0));
        self.parts.remove(part);
        self.changed += 1;
    }

    /// The parts that are known, each with the last revision at which anything but reports changed in it.
    pub fn parts(&self) -> impl Iterator<Item = (&Part, Revision)> {
        self.parts.iter().map(|(part, content)| (part, content.changed))
    }

    /// What has changed in these parts so far, as far as they are known.
    pub fn concern_of(&self, parts: &[Part]) -> Concern {
        let known = self.parts().filter(|(part, _)| parts.contains(part));
        known.fold(Concern::default(), |concern, (part, changed)| concern.with(part.clone(), changed))
    }

    /// The revision that a part is as of; none where it is not known.
    pub fn revision_of(&self, part: &Part) -> Option<Revision> {
        self.parts.get(part).map(|content| content.revision)
    }

    /// When a key was last written; `None` where it is not there, or its part is not known.
    pub(in crate::desired) fn written(&self, key: &Key) -> Option<Revision> {
        let written = match key.part() {
            Some(part) => &self.parts.get(&part)?.written,
            None => &self.looked_up,
        };
        written.get(key).copied()
    }

    /// Where a backend's record is: in two parts while it is moved from one to the other.
    pub(in crate::desired) fn backend_keys(&self, service: &Id, container: &Id) -> Vec<Key> {
        let key = |part: &Part| Key::Backend(part.clone(), service.clone(), container.clone());
        let parts = self.parts.iter().filter(|(part, _)| matches!(part, Part::Mesh | Part::Network(_)));
        parts
            .map(|(part, content)| (key(part), content))
            .filter(|(key, content)| content.written.contains_key(key))
            .map(|(key, _)| key)
            .collect()
    }

    /// What the state says, apart from when it was said.
    #[cfg(test)]
    pub(crate) fn undated(&self) -> Self {
        let mut said = Self { revision: 0, changed: 0, ..self.clone() };
        said.parts.retain(|_, content| !content.written.is_empty());
        said.parts.values_mut().for_each(|content| (content.revision, content.changed) = (0, 0));
        said
    }

    fn enter(&mut self, key: Key, value: Option<&[u8]>, revision: Revision) {
        let written = match key.part() {
            Some(part) => &mut self.parts.entry(part).or_default().written,
            None => &mut self.looked_up,
        };
        match value {
            Some(_) => written.insert(key.clone(), revision),
            None => written.remove(&key),
        };
        let text = key.to_string();
        match self.record(key, value) {
            Ok(()) => self.unreadable.remove(&text),
            Err(_) => self.unreadable.insert(text),
        };
    }

    fn record(&mut self, key: Key, value: Option<&[u8]>) -> serde_json::Result<()> {
        match key {
            Key::Network(id) => set(&mut self.networks, id, value),
            Key::Pool => {
                value.map(serde_json::from_slice).transpose().map(|p| self.pool = p.unwrap_or_default())
            }
            Key::Node(id) => set(&mut self.nodes, id, value),
            Key::Live(node) => set(&mut self.live, node, value),
            Key::Service(id) => {
                match value {
                    Some(value) => self.services.insert(id, serde_json::from_slice(value)?),
                    None => drop(self.services.remove(&id)),
                }
                Ok(())
            }
            Key::VipPool => value.map(serde_json::from_slice).transpose().map(|p| self.vip_pool = p),
            Key::Container(_, id) => set(&mut self.containers, id, value),
            Key::LocalPool(node) => set(&mut self.local_pools, node, value),
            Key::Cursor(network) => set(&mut self.cursors, network, value),
            Key::Endpoint(network, addr) => {
                match value {
                    Some(value) => self.endpoints.insert((network, addr), serde_json::from_slice(value)?),
                    None => drop(self.endpoints.remove(&(network, addr))),
                }
                Ok(())
            }
            Key::Applied(network, node) => set(&mut self.applied, (network, node), value),
            // It has moved to another part, of which that is known already.
            Key::Backend(_, service, container)
                if value.is_none() && !self.backend_keys(&service, &container).is_empty() =>
            {
                Ok(())
            }
            Key::Backend(_, service, container) => set(&mut self.backends, (service, container), value),
            Key::Claim(Claim::ContainerName(name)) => set(&mut self.places, name, value),
            // These only order commits, or make something unique; the records hold the same.
            Key::Ports(_) | Key::IngressPorts | Key::Guard(..) | Key::Claim(_) => Ok(()),
        }
    }
}

fn set<K: Ord, V: DeserializeOwned>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: Option<&[u8]>,
) -> serde_json::Result<()> {
    match value {
        Some(value) => map.insert(key, serde_json::from_slice(value)?),
        None => map.remove(&key),
    };
    Ok(())
}
