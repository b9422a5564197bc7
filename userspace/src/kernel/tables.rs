//! Maps and [`plan::Tables`]: reading what is there, applying steps.

use aya::maps::{Array, HashMap, Map, MapData, MapError};
use causeway_common::{Attachment, Endpoint, EndpointKeyV4, Ipv4, Node, VniInfo, limits, names};

use super::{Dataplane, KernelError};
use crate::plan::{Step, Tables};

impl Dataplane {
    /// Reads all maps of configuration.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses a read.
    pub fn observe(&self) -> Result<Tables, KernelError> {
        Ok(Tables {
            endpoints_v4: self.entries(names::ENDPOINTS_V4)?,
            attachments: self.entries(names::ATTACHMENTS)?,
            nodes: self.nodes()?,
            vteps_v4: self.entries(names::VTEPS_V4)?,
            vnis: self.entries(names::VNIS)?,
        })
    }

    /// Applies steps in their order; stops at the first that fails. Deleting what is not there is
    /// no error, so a list can be applied again.
    ///
    /// # Errors
    /// [`KernelError::Full`] where a map takes no more entries.
    pub fn apply(&mut self, steps: &[Step]) -> Result<(), KernelError> {
        steps.iter().try_for_each(|step| self.apply_one(step))
    }

    fn apply_one(&mut self, step: &Step) -> Result<(), KernelError> {
        match *step {
            Step::PutEndpoint(key, value) => self.put(names::ENDPOINTS_V4, key, value),
            Step::DeleteEndpoint(key) => self.delete::<EndpointKeyV4, Endpoint>(names::ENDPOINTS_V4, key),
            Step::PutAttachment(ifindex, value) => self.put(names::ATTACHMENTS, ifindex, value),
            Step::DeleteAttachment(ifindex) => self.delete::<u32, Attachment>(names::ATTACHMENTS, ifindex),
            Step::PutNode(index, value) => self.set_node(index, value),
            Step::DeleteNode(index) => self.set_node(index, Node::default()),
            Step::PutVtep(addr, index) => self.put(names::VTEPS_V4, addr, index),
            Step::DeleteVtep(addr) => self.delete::<Ipv4, u32>(names::VTEPS_V4, addr),
            Step::PutVni(vni, value) => self.put(names::VNIS, vni, value),
            Step::DeleteVni(vni) => self.delete::<u32, VniInfo>(names::VNIS, vni),
        }
    }

    /// All entries of a hash map.
    fn entries<K: aya::Pod + Ord, V: aya::Pod>(
        &self,
        name: &'static str,
    ) -> Result<std::collections::BTreeMap<K, V>, KernelError> {
        let map: HashMap<&MapData, K, V> = self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        map.iter().collect::<Result<_, _>>().map_err(|e| failed(name, e))
    }

    /// The slots of the node table that hold a node.
    fn nodes(&self) -> Result<std::collections::BTreeMap<u32, Node>, KernelError> {
        let map: Array<&MapData, Node> =
            self.map(names::NODES)?.try_into().map_err(|e| failed(names::NODES, e))?;
        let slots = (0..).zip(map.iter());
        let used = slots.filter(|(_, node)| !matches!(node, Ok(node) if node.ifindex == 0));
        let nodes = used.map(|(index, node)| Ok((index, node?))).collect::<Result<_, MapError>>();
        nodes.map_err(|e| failed(names::NODES, e))
    }

    /// Fills or empties a slot of the node table.
    fn set_node(&mut self, index: u32, node: Node) -> Result<(), KernelError> {
        let map = self.map_mut(names::NODES)?;
        let mut map: Array<&mut MapData, Node> = map.try_into().map_err(|e| failed(names::NODES, e))?;
        map.set(index, node, 0).map_err(|e| refused(names::NODES, e))
    }

    fn put<K: aya::Pod, V: aya::Pod>(
        &mut self,
        name: &'static str,
        key: K,
        value: V,
    ) -> Result<(), KernelError> {
        let map = self.map_mut(name)?;
        let mut map: HashMap<&mut MapData, K, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.insert(key, value, 0).map_err(|e| refused(name, e))
    }

    fn delete<K: aya::Pod, V: aya::Pod>(&mut self, name: &'static str, key: K) -> Result<(), KernelError> {
        let map = self.map_mut(name)?;
        let mut map: HashMap<&mut MapData, K, V> = map.try_into().map_err(|e| failed(name, e))?;
        match map.remove(&key) {
            Err(error) if errno(&error) != Some(libc::ENOENT) => Err(failed(name, error)),
            _ => Ok(()),
        }
    }

    /// A map by name.
    pub(super) fn map(&self, name: &str) -> Result<&Map, KernelError> {
        self.ebpf.map(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }

    fn map_mut(&mut self, name: &str) -> Result<&mut Map, KernelError> {
        self.ebpf.map_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))
    }
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
fn full(map: &'static str) -> KernelError {
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
