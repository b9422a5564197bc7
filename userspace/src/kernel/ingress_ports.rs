//! Ports of all nodes once more, where they are found without a hash: by the port's number.
//!
//! ```text
//!   INGRESS_PORTS[port] = slot ---> INGRESS_SLOTS[slot] = a copy of the port's entry in INGRESS
//! ```
//!
//! A program meets the old copy or the new one, never half of each: an entry that changes is written to a free slot,
//! then the port names that one. The slot before is the last to be used again. A program that finds no slot leaves
//! the packet to those that look into `INGRESS`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aya::maps::{Array, MapData};
use causeway_common::{Ingress, IngressKey, names};

use super::{Dataplane, KernelError, tables::failed};

/// Which slot each port names, and which are free, the longest unused one first.
#[derive(Debug, Default)]
pub(super) struct IngressPorts {
    slots: BTreeMap<u32, u32>,
    free: VecDeque<u32>,
}

impl IngressPorts {
    /// What is so where ports name these slots, of so many; slot 0 stands for none. One that is not there, or is
    /// another port's already, counts as none.
    fn of(named: BTreeMap<u32, u32>, count: u32) -> Self {
        let mut free: BTreeSet<u32> = (1..count).collect();
        let slots = named.into_iter().filter(|(_, slot)| free.remove(slot)).collect();
        Self { slots, free: free.into_iter().collect() }
    }

    /// From now on a port names another slot, or none.
    fn change(&mut self, port: u32, slot: Option<u32>) {
        let before = match slot {
            Some(slot) => self.slots.insert(port, slot),
            None => self.slots.remove(&port),
        };
        self.free.extend(before);
    }
}

impl Dataplane {
    /// Sees to it that programs find for every port what is in `INGRESS`, and nothing for others, whoever has written
    /// there; the ports where that was not so.
    ///
    /// # Errors
    /// [`KernelError::Batch`] and [`KernelError::Map`] where the kernel refuses.
    pub fn sync_ingress_ports(&mut self) -> Result<Vec<u16>, KernelError> {
        let all: BTreeMap<IngressKey, Ingress> = self.table(names::INGRESS)?;
        let by_port: BTreeMap<u32, IngressKey> =
            all.keys().filter_map(|key| Some((key.index()?, *key))).collect();
        let (kept, strange): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.named()?.into_iter().partition(|(port, _)| by_port.contains_key(port));
        self.ingress_ports = IngressPorts::of(kept, self.capacity(names::INGRESS_SLOTS)?);
        strange.keys().try_for_each(|port| self.name(*port, 0))?;
        let mut differ: Vec<u16> = strange.into_keys().map(number).collect();
        for (port, key) in by_port {
            if let Some(value) = all.get(&key).filter(|value| !self.shows(port, value)) {
                self.show_ingress(key, *value)?;
                differ.push(number(port));
            }
        }
        Ok(differ)
    }

    /// Whether programs find exactly this for a port.
    fn shows(&self, port: u32, value: &Ingress) -> bool {
        let copy = |slot: &u32| self.array::<Ingress>(names::INGRESS_SLOTS).ok()?.get(slot, 0).ok();
        self.ingress_ports.slots.get(&port).and_then(copy).is_some_and(|copy| copy == *value)
    }

    /// Has programs find this for a port.
    pub(super) fn show_ingress(&mut self, key: IngressKey, value: Ingress) -> Result<(), KernelError> {
        let Some(port) = key.index() else { return Ok(()) };
        let slot = self.ingress_ports.free.pop_front();
        let slot = slot.ok_or_else(|| KernelError::full(names::INGRESS))?;
        let shown = self.put(names::INGRESS_SLOTS, slot, value).and_then(|()| self.name(port, slot));
        match shown {
            Ok(()) => self.ingress_ports.change(port, Some(slot)),
            Err(_) => self.ingress_ports.free.push_front(slot),
        }
        shown
    }

    /// Has programs find nothing for a port.
    pub(super) fn hide_ingress(&mut self, key: IngressKey) -> Result<(), KernelError> {
        let Some(port) = key.index() else { return Ok(()) };
        self.name(port, 0)?;
        self.ingress_ports.change(port, None);
        Ok(())
    }

    fn name(&mut self, port: u32, slot: u32) -> Result<(), KernelError> {
        self.put(names::INGRESS_PORTS, port, slot)
    }

    /// Ports that name a slot.
    fn named(&self) -> Result<BTreeMap<u32, u32>, KernelError> {
        let all: Vec<(u32, u32)> = self.entries_of(names::INGRESS_PORTS)?;
        Ok(all.into_iter().filter(|(_, slot)| *slot != 0).collect())
    }

    fn array<V: aya::Pod>(&self, name: &'static str) -> Result<Array<&MapData, V>, KernelError> {
        self.map(name)?.try_into().map_err(|error| failed(name, error))
    }
}

/// A port's number, by its place among all of TCP and UDP.
#[expect(clippy::cast_possible_truncation, reason = "TCP's ports stand before UDP's, 65,536 each")]
const fn number(port: u32) -> u16 {
    port as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_is_not_there_or_anothers_is_no_ports() {
        let ports = IngressPorts::of(BTreeMap::from([(80, 2), (81, 2), (82, 6), (83, 5)]), 6);
        assert_eq!(ports.slots, BTreeMap::from([(80, 2), (83, 5)]));
        assert_eq!(ports.free, [1, 3, 4]);
    }

    #[test]
    fn a_slot_is_used_again_when_all_others_were() {
        let mut ports = IngressPorts::of(BTreeMap::from([(80, 2)]), 6);
        assert_eq!(ports.free, [1, 3, 4, 5], "0 stands for none, 2 is named");
        for wanted in [1, 3, 4, 5, 2, 1] {
            assert_eq!(ports.free.pop_front(), Some(wanted));
            ports.change(80, Some(wanted));
        }
        ports.change(80, None);
        assert!(ports.slots.is_empty());
        assert_eq!(ports.free, [3, 4, 5, 2, 1]);
    }
}
