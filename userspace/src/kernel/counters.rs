//! Counters: what became of packets, summed over the CPUs; and how full the maps are.

use std::collections::BTreeMap;

use aya::maps::{MapData, PerCpuArray};
use causeway_common::{Counter, DropReason, Flow, FlowKeyV4, RingBlock, limits::COUNTED, names};

use super::{Dataplane, KernelError, tables::failed};

/// How full a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapUse {
    /// Entries in it.
    pub used: u64,
    /// The most it takes.
    pub capacity: u64,
}

impl Dataplane {
    /// Packets that were carried, by [`Counter::name`]; all counters, also those at zero.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses the read.
    pub fn counters(&self) -> Result<BTreeMap<&'static str, u64>, KernelError> {
        let read = |counter: &Counter| Ok((counter.name(), self.sum(names::COUNTERS, *counter as u32)?));
        Counter::ALL.iter().map(read).collect()
    }

    /// Packets that were dropped, by [`DropReason::name`]; all reasons, also those at zero.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses the read.
    pub fn drops(&self) -> Result<BTreeMap<&'static str, u64>, KernelError> {
        let read = |reason: &DropReason| Ok((reason.name(), self.dropped_for(*reason)?));
        DropReason::ALL.iter().map(read).collect()
    }

    /// Packets that were dropped for one reason.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses the read.
    pub fn dropped_for(&self, reason: DropReason) -> Result<u64, KernelError> {
        self.sum(names::DROPS, reason as u32)
    }

    /// How full each map of configuration and each table of flows is, by the map's name.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses the read.
    pub fn map_use(&self) -> Result<BTreeMap<&'static str, MapUse>, KernelError> {
        let tables = self.observe()?;
        let used = [
            (names::ENDPOINTS_V4, tables.endpoints_v4.len()),
            (names::ATTACHMENTS, tables.attachments.len()),
            (names::NODES, tables.nodes.len()),
            (names::VTEPS_V4, tables.vteps_v4.len()),
            (names::VNIS, tables.vnis.len()),
            (names::HOST_ADDRS_V4, tables.host_addrs_v4.len()),
            (names::PUBLISHED_V4, tables.published_v4.len()),
            (names::SOURCES_V4, tables.sources_v4.len()),
            (names::NAMESPACES, tables.namespaces.len()),
            (names::MEMBERS, tables.members.len()),
            (names::SERVICES_V4, tables.services_v4.len()),
            (names::BACKENDS, tables.backends.len()),
            (names::RINGS, tables.rings.values().map(|ring| ring.len()).sum()),
            (names::INGRESS, tables.ingress.len()),
            (names::TRACKED_V4, self.tracked()?.len()),
            (names::FLOWS_V4, self.entries_of::<FlowKeyV4, Flow>(names::FLOWS_V4)?.len()),
            (names::FLOWS_NEW_V4, self.entries_of::<FlowKeyV4, Flow>(names::FLOWS_NEW_V4)?.len()),
        ];
        used.iter().map(|(name, used)| Ok((*name, self.map_use_of(name, *used)?))).collect()
    }

    fn map_use_of(&self, name: &str, used: usize) -> Result<MapUse, KernelError> {
        // Rings are counted in slots, of which an entry of their map is a block.
        let slots = if name == names::RINGS { u64::from(RingBlock::SLOTS) } else { 1 };
        Ok(MapUse { used: used as u64, capacity: slots * u64::from(self.capacity(name)?) })
    }

    /// One counter's sum over the CPUs, with what programs of an earlier layout have counted.
    fn sum(&self, name: &'static str, index: u32) -> Result<u64, KernelError> {
        let map: PerCpuArray<&MapData, u64> = self.map(name)?.try_into().map_err(|e| failed(name, e))?;
        let of = |index| map.get(&index, 0).map(|all| all.iter().sum::<u64>()).map_err(|e| failed(name, e));
        Ok(of(index)? + of(COUNTED + index)?)
    }

    /// How many entries a map takes, as the kernel says.
    pub(super) fn capacity(&self, name: &str) -> Result<u32, KernelError> {
        Ok(self.map_facts(name)?.max_entries)
    }
}
