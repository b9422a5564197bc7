//! Front tables ([`causeway_common::front`]), written through the memory that they share with the programs.
//!
//! ```text
//!   steps -> places whose entries change are emptied -> the hash tables change -> places are taken (again)
//!   entry.rs: the words of a place    places.rs: the memory    coming.rs: who is to take a place
//! ```
//!
//! A program may read a place at any moment, and must not take one entry's key and another's value: a place is
//! emptied by its key and taken by its key last, and it rests before it has other words than before. What does not
//! stand in front, for whatever reason, is found behind it; the next look ([`Dataplane::sync_front`]) has it stand
//! there.

mod coming;
mod entry;
mod places;

use std::net::Ipv4Addr;

use aya::{
    Pod,
    maps::{HashMap as HashTable, MapData, MapError},
};
use causeway_common::{Attachment, Endpoint, endpoint::TRANSLATED, names, node};

use self::entry::{Entry, Key};
pub(super) use self::places::Front;
use super::{Dataplane, KernelError, tables::failed};
use crate::plan::{Step, Tables};

impl Dataplane {
    /// Empties the places of what these steps change, and notes who is to stand in front afterwards.
    pub(super) fn leave_front(&mut self, steps: &[Step]) {
        self.front.forget_rested();
        // What a round that failed has left undone is the next look's.
        let _undone = self.front.coming.all();
        for step in steps {
            match *step {
                Step::PutEndpoint(key, value) => self.front.change(Entry::of_endpoint(key, value)),
                Step::DeleteEndpoint(key) => self.front.leave(&Entry::of_endpoint(key, Endpoint::default())),
                Step::PutAttachment(ifindex, value) => {
                    self.front.change(Entry::of_attachment(ifindex, value));
                }
                Step::DeleteAttachment(ifindex) => {
                    self.front.leave(&Entry::of_attachment(ifindex, Attachment::default()));
                }
                Step::PutVtep(addr, _) => self.front.coming.vteps.push(addr),
                Step::DeleteVtep(addr) => {
                    self.front.forget_vtep(addr);
                    self.front.coming.vteps.retain(|coming| *coming != addr);
                }
                _ => {}
            }
        }
    }

    /// Has those stand in front who were to, now that the hash tables have changed.
    pub(super) fn take_front(&mut self) -> Result<(), KernelError> {
        let (entries, vteps) = self.front.coming.all();
        vteps.into_iter().for_each(|addr| self.front.know_vtep(addr));
        entries.iter().try_for_each(|entry| self.stand(entry))
    }

    /// Has an entry stand in front, where it may.
    fn stand(&self, entry: &Entry) -> Result<(), KernelError> {
        if !self.front.may_take(entry) {
            return Ok(());
        }
        self.front.take(entry, || self.is_noted(entry))
    }

    /// Whether the programs have noted something in the hash table's entry.
    fn is_noted(&self, entry: &Entry) -> Result<bool, KernelError> {
        let Key::Endpoint(key) = entry.key() else { return Ok(false) };
        let there = self.behind::<_, Endpoint>(names::ENDPOINTS_V4, key)?;
        Ok(there.is_some_and(|there| there.flags & TRANSLATED != 0))
    }

    /// An entry of a hash table.
    fn behind<K: Pod, V: Pod>(&self, name: &'static str, key: K) -> Result<Option<V>, KernelError> {
        let map: HashTable<&MapData, K, V> = self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        match map.get(&key, 0) {
            Ok(value) => Ok(Some(value)),
            Err(MapError::KeyNotFound) => Ok(None),
            Err(error) => Err(failed(name, error)),
        }
    }

    /// Empties the places in front of what is not so in the hash tables, whoever has written there last.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses a read.
    pub(super) fn check_front(&mut self) -> Result<(), KernelError> {
        for standing in self.front.all() {
            let right = match standing.key() {
                Key::Endpoint(key) => {
                    self.behind(names::ENDPOINTS_V4, key)?.map(|value| Entry::of_endpoint(key, value))
                }
                Key::Attachment(ifindex) => self
                    .behind(names::ATTACHMENTS, ifindex)?
                    .map(|value| Entry::of_attachment(ifindex, value)),
            };
            if !right.is_some_and(|entry| entry.is(&standing)) {
                self.front.empty(&standing);
            }
        }
        for addr in self.front.known_vteps() {
            if self.behind::<_, u32>(names::VTEPS_V4, addr)?.is_none() {
                self.front.forget_vtep(addr);
            }
        }
        Ok(())
    }

    /// Sees to it that what stands in front is what is in these tables, which are the hash tables', and that who can
    /// stand there does, those of this node first. What stood there and was wrong.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses a read.
    pub fn sync_front(&mut self, tables: &Tables) -> Result<Vec<String>, KernelError> {
        self.front.forget_rested();
        let mut wrong = Vec::new();
        for standing in self.front.all() {
            let key = standing.key();
            let right = match key {
                Key::Endpoint(key) => {
                    tables.endpoints_v4.get(&key).map(|value| Entry::of_endpoint(key, *value))
                }
                Key::Attachment(ifindex) => {
                    tables.attachments.get(&ifindex).map(|value| Entry::of_attachment(ifindex, *value))
                }
            };
            if !right.is_some_and(|entry| entry.is(&standing)) {
                self.front.empty(&standing);
                wrong.push(key.to_string());
            }
        }
        for addr in self.front.known_vteps().into_iter().filter(|addr| !tables.vteps_v4.contains_key(addr)) {
            self.front.forget_vtep(addr);
            wrong.push(format!("VTEP {}", Ipv4Addr::from(addr)));
        }
        tables.vteps_v4.keys().for_each(|addr| self.front.know_vtep(*addr));
        let attached =
            tables.attachments.iter().map(|(ifindex, value)| Entry::of_attachment(*ifindex, *value));
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            tables.endpoints_v4.iter().partition(|(_, value)| value.node == node::LOCAL);
        let endpoints = here.into_iter().chain(elsewhere);
        let endpoints = endpoints.map(|(key, value)| Entry::of_endpoint(*key, *value));
        attached.chain(endpoints).try_for_each(|entry| self.stand(&entry))?;
        Ok(wrong)
    }
}
