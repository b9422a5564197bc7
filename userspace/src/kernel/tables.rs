//! Maps and [`plan::Tables`]: reading what is there, applying steps.

use std::collections::{BTreeMap, BTreeSet};

use aya::maps::{
    Array, HashMap, Map, MapData, MapError,
    lpm_trie::{Key, LpmTrie},
};
use causeway_common::{
    Attachment, Endpoint, EndpointKeyV4, Ipv4, Node, Published, PublishedKeyV4, Settings, SourceKeyV4,
    VniInfo, endpoint, limits, names, published,
};

use super::{Dataplane, KernelError};
use crate::plan::{SourcePrefix, Step, Tables};

impl Dataplane {
    /// Reads all maps of configuration.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses a read.
    pub fn observe(&self) -> Result<Tables, KernelError> {
        Ok(Tables {
            endpoints_v4: self.endpoints()?,
            attachments: self.entries(names::ATTACHMENTS)?,
            nodes: self.nodes()?,
            vteps_v4: self.entries(names::VTEPS_V4)?,
            vnis: self.entries(names::VNIS)?,
            settings: self.settings()?,
            host_addrs_v4: self.entries(names::HOST_ADDRS_V4)?,
            published_v4: self.entries_of(names::PUBLISHED_V4)?.into_iter().collect(),
            sources_v4: self.sources()?,
            namespaces: self.entries(names::NAMESPACES)?,
            members: self.entries(names::MEMBERS)?,
            ..self.services()?
        })
    }

    /// Applies steps in their order; stops at the first that fails. Deleting what is not there is
    /// no error, so a list can be applied again. With a published port go its conversations.
    ///
    /// # Errors
    /// [`KernelError::Full`] where a map takes no more entries.
    pub fn apply(&mut self, steps: &[Step]) -> Result<(), KernelError> {
        steps.iter().try_for_each(|step| self.apply_one(step))?;
        let unpublished = steps.iter().filter_map(|step| match step {
            Step::DeletePublished(key) if key.addr != published::SOME => Some(*key),
            _ => None,
        });
        self.forget_ports(&unpublished.collect())
    }

    fn apply_one(&mut self, step: &Step) -> Result<(), KernelError> {
        match *step {
            Step::PutEndpoint(key, value) => self.put(names::ENDPOINTS_V4, key, value),
            Step::DeleteEndpoint(key) => self.delete::<EndpointKeyV4, Endpoint>(names::ENDPOINTS_V4, key),
            Step::PutAttachment(ifindex, value) => self.put(names::ATTACHMENTS, ifindex, value),
            Step::DeleteAttachment(ifindex) => self.delete::<u32, Attachment>(names::ATTACHMENTS, ifindex),
            Step::PutNode(index, value) => self.set(names::NODES, index, value),
            Step::DeleteNode(index) => self.set(names::NODES, index, Node::default()),
            Step::PutVtep(addr, index) => self.put(names::VTEPS_V4, addr, index),
            Step::DeleteVtep(addr) => self.delete::<Ipv4, u32>(names::VTEPS_V4, addr),
            Step::PutVni(vni, value) => self.put(names::VNIS, vni, value),
            Step::DeleteVni(vni) => self.delete::<u32, VniInfo>(names::VNIS, vni),
            _ => self.apply_local(step),
        }
    }

    /// Steps of the roads out of networks.
    fn apply_local(&mut self, step: &Step) -> Result<(), KernelError> {
        match *step {
            Step::PutSettings(settings) => self.set(names::SETTINGS, 0, settings),
            Step::PutHostAddress(addr, flags) => self.put(names::HOST_ADDRS_V4, addr, flags),
            Step::DeleteHostAddress(addr) => self.delete::<Ipv4, u32>(names::HOST_ADDRS_V4, addr),
            Step::PutPublished(key, value) => self.put(names::PUBLISHED_V4, key, value),
            Step::DeletePublished(key) => self.delete::<PublishedKeyV4, Published>(names::PUBLISHED_V4, key),
            Step::PutSource(prefix) => {
                self.trie()?.insert(&trie_key(prefix), 1, 0).map_err(|e| refused(names::SOURCES_V4, e))
            }
            Step::DeleteSource(prefix) => absent(names::SOURCES_V4, self.trie()?.remove(&trie_key(prefix))),
            _ => self.apply_services(step),
        }
    }

    /// All endpoints, without what the programs note in them.
    fn endpoints(&self) -> Result<BTreeMap<EndpointKeyV4, Endpoint>, KernelError> {
        let mut endpoints: BTreeMap<_, Endpoint> = self.entries(names::ENDPOINTS_V4)?;
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

    fn trie(&mut self) -> Result<LpmTrie<&mut MapData, SourceKeyV4, u32>, KernelError> {
        let name = names::SOURCES_V4;
        self.map_mut(name)?.try_into().map_err(|e| failed(name, e))
    }

    /// All entries of a hash map.
    pub(super) fn entries<K: aya::Pod + Ord, V: aya::Pod>(
        &self,
        name: &'static str,
    ) -> Result<BTreeMap<K, V>, KernelError> {
        let map: HashMap<&MapData, K, V> = self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        map.iter().collect::<Result<_, _>>().map_err(|e| failed(name, e))
    }

    /// The slots of the node table that hold a node.
    fn nodes(&self) -> Result<BTreeMap<u32, Node>, KernelError> {
        let map: Array<&MapData, Node> =
            self.map(names::NODES)?.try_into().map_err(|e| failed(names::NODES, e))?;
        let slots = (0..).zip(map.iter());
        let used = slots.filter(|(_, node)| !matches!(node, Ok(node) if node.ifindex == 0));
        let nodes = used.map(|(index, node)| Ok((index, node?))).collect::<Result<_, MapError>>();
        nodes.map_err(|e| failed(names::NODES, e))
    }

    /// Fills a slot of an array.
    pub(super) fn set<V: aya::Pod>(
        &mut self,
        name: &'static str,
        index: u32,
        value: V,
    ) -> Result<(), KernelError> {
        let map = self.map_mut(name)?;
        let mut map: Array<&mut MapData, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.set(index, value, 0).map_err(|e| refused(name, e))
    }

    pub(super) fn put<K: aya::Pod, V: aya::Pod>(
        &mut self,
        name: &'static str,
        key: K,
        value: V,
    ) -> Result<(), KernelError> {
        let map = self.map_mut(name)?;
        let mut map: HashMap<&mut MapData, K, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.insert(key, value, 0).map_err(|e| refused(name, e))
    }

    pub(super) fn delete<K: aya::Pod, V: aya::Pod>(
        &mut self,
        name: &'static str,
        key: K,
    ) -> Result<(), KernelError> {
        let map = self.map_mut(name)?;
        let mut map: HashMap<&mut MapData, K, V> = map.try_into().map_err(|e| failed(name, e))?;
        absent(name, map.remove(&key))
    }

    /// A map by name.
    pub(super) fn map(&self, name: &str) -> Result<&Map, KernelError> {
        self.ebpf.map(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }

    pub(super) fn map_mut(&mut self, name: &str) -> Result<&mut Map, KernelError> {
        self.ebpf.map_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }
}

/// What is gone already need not be removed.
fn absent(name: &'static str, removed: Result<(), MapError>) -> Result<(), KernelError> {
    match removed {
        Err(error) if errno(&error) != Some(libc::ENOENT) => Err(failed(name, error)),
        _ => Ok(()),
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

/// The error of an entry that was refused: mostly because the map is full.
fn refused(map: &'static str, source: MapError) -> KernelError {
    match (errno(&source), &source) {
        (Some(libc::E2BIG | libc::ENOMEM), _) | (_, MapError::OutOfBounds { .. }) => full(map),
        _ => failed(map, source),
    }
}

/// The error of a full map.
pub(super) fn full(map: &'static str) -> KernelError {
    KernelError::Full { map, way_out: limits::way_out(map) }
}

/// What the kernel said.
fn errno(error: &MapError) -> Option<i32> {
    match error {
        MapError::SyscallError(error) => error.io_error.raw_os_error(),
        MapError::KeyNotFound => Some(libc::ENOENT),
        _ => None,
    }
}
