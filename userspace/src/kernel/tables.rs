//! Maps and [`plan::Tables`]: reading what is there, applying steps.

use std::collections::{BTreeMap, BTreeSet};

use aya::{
    Pod,
    maps::{
        Array, Map, MapData, MapError,
        lpm_trie::{Key, LpmTrie},
    },
};
use causeway_common::{Endpoint, EndpointKeyV4, Node, Settings, SourceKeyV4, endpoint, names};

use super::{Dataplane, KernelError, services, writer::Writer};
use crate::plan::{SourcePrefix, Step, Tables};

impl Dataplane {
    /// Reads all maps of configuration.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses a read.
    pub fn observe(&self) -> Result<Tables, KernelError> {
        Ok(Tables {
            endpoints_v4: self.endpoints()?,
            attachments: self.table(names::ATTACHMENTS)?,
            nodes: self.nodes()?,
            vteps_v4: self.table(names::VTEPS_V4)?,
            vnis: self.table(names::VNIS)?,
            settings: self.settings()?,
            host_addrs_v4: self.table(names::HOST_ADDRS_V4)?,
            published_v4: self.table(names::PUBLISHED_V4)?,
            sources_v4: self.sources()?,
            namespaces: self.table(names::NAMESPACES)?,
            members: self.table(names::MEMBERS)?,
            ..self.services()?
        })
    }

    /// Applies steps in their order; stops at the first that fails. Deleting what is not there is
    /// no error, so a list can be applied again. With a published port go its conversations.
    ///
    /// # Errors
    /// [`KernelError::Full`] where a map takes no more entries.
    pub fn apply(&mut self, steps: &[Step]) -> Result<(), KernelError> {
        self.leave_front(steps);
        let mut writer = Writer::new(self);
        steps.iter().try_for_each(|step| apply_one(&mut writer, step))?;
        writer.flush()?;
        self.take_front()?;
        self.end_with_ports(steps)
    }

    /// All endpoints, without what the programs note in them.
    fn endpoints(&self) -> Result<BTreeMap<EndpointKeyV4, Endpoint>, KernelError> {
        let mut endpoints: BTreeMap<_, Endpoint> = self.table(names::ENDPOINTS_V4)?;
        endpoints.values_mut().for_each(|entry| entry.flags &= !endpoint::TRANSLATED);
        Ok(endpoints)
    }

    /// The settings; none where all is zero.
    fn settings(&self) -> Result<Option<Settings>, KernelError> {
        let name = names::SETTINGS;
        let map: Array<&MapData, Settings> = self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        let settings = map.get(&0, 0).map_err(|e| failed(name, e))?;
        Ok((settings != Settings::default()).then_some(settings))
    }

    /// All prefixes of sources.
    fn sources(&self) -> Result<BTreeSet<SourcePrefix>, KernelError> {
        let name = names::SOURCES_V4;
        let map: LpmTrie<&MapData, SourceKeyV4, u32> =
            self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        let prefix = |key: Result<Key<SourceKeyV4>, MapError>| key.map(|key| prefix(&key));
        map.keys().map(prefix).collect::<Result<_, _>>().map_err(|e| failed(name, e))
    }

    /// The slots of the node table that hold a node.
    fn nodes(&self) -> Result<BTreeMap<u32, Node>, KernelError> {
        let slots: Vec<(u32, Node)> = self.entries_of(names::NODES)?;
        Ok(slots.into_iter().filter(|(_, node)| node.ifindex != 0).collect())
    }

    /// All entries of a map, in order.
    pub(super) fn table<K: Pod + Ord, V: Pod>(
        &self,
        name: &'static str,
    ) -> Result<BTreeMap<K, V>, KernelError> {
        Ok(self.entries_of(name)?.into_iter().collect())
    }

    /// A map by name.
    pub(super) fn map(&self, name: &str) -> Result<&Map, KernelError> {
        self.maps.get(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }

    pub(super) fn map_mut(&mut self, name: &str) -> Result<&mut Map, KernelError> {
        self.maps.get_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }
}

/// Steps of networks.
fn apply_one(writer: &mut Writer<'_>, step: &Step) -> Result<(), KernelError> {
    match *step {
        Step::PutEndpoint(key, value) => writer.put(names::ENDPOINTS_V4, key, value),
        Step::DeleteEndpoint(key) => writer.delete(names::ENDPOINTS_V4, key),
        Step::PutAttachment(ifindex, value) => writer.put(names::ATTACHMENTS, ifindex, value),
        Step::DeleteAttachment(ifindex) => writer.delete(names::ATTACHMENTS, ifindex),
        Step::PutNode(index, value) => writer.put(names::NODES, index, value),
        Step::DeleteNode(index) => writer.put(names::NODES, index, Node::default()),
        Step::PutVtep(addr, index) => writer.put(names::VTEPS_V4, addr, index),
        Step::DeleteVtep(addr) => writer.delete(names::VTEPS_V4, addr),
        Step::PutVni(vni, value) => writer.put(names::VNIS, vni, value),
        Step::DeleteVni(vni) => writer.delete(names::VNIS, vni),
        _ => apply_local(writer, step),
    }
}

/// Steps of the roads out of networks.
fn apply_local(writer: &mut Writer<'_>, step: &Step) -> Result<(), KernelError> {
    match *step {
        Step::PutSettings(settings) => writer.put(names::SETTINGS, 0_u32, settings),
        Step::PutHostAddress(addr, flags) => writer.put(names::HOST_ADDRS_V4, addr, flags),
        Step::DeleteHostAddress(addr) => writer.delete(names::HOST_ADDRS_V4, addr),
        Step::PutPublished(key, value) => writer.put(names::PUBLISHED_V4, key, value),
        Step::DeletePublished(key) => writer.delete(names::PUBLISHED_V4, key),
        Step::PutSource(prefix) => writer.put(names::SOURCES_V4, trie_key(prefix), 1_u32),
        Step::DeleteSource(prefix) => writer.delete(names::SOURCES_V4, trie_key(prefix)),
        _ => services::apply(writer, step),
    }
}

/// A prefix of sources as the trie has it: the list's number counts as the first bits.
fn trie_key(prefix: SourcePrefix) -> Key<SourceKeyV4> {
    let key = SourceKeyV4 { list: prefix.list, addr: prefix.addr };
    Key::new(SourceKeyV4::LIST_BITS + u32::from(prefix.len.min(32)), key)
}

/// The same back.
fn prefix(key: &Key<SourceKeyV4>) -> SourcePrefix {
    let SourceKeyV4 { list, addr } = key.data();
    let len = key.prefix_len().saturating_sub(SourceKeyV4::LIST_BITS);
    SourcePrefix { list, addr, len: u8::try_from(len).unwrap_or(32) }
}

/// The error of a map that could not be read or changed.
pub(super) fn failed(map: &'static str, source: MapError) -> KernelError {
    KernelError::Map { map, source }
}
