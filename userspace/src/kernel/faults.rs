//! The programs that disturb packets in tests, and see them freed: no node has them, and their object is a file of
//! the tests'.

use std::collections::BTreeMap;

use aya::{
    Ebpf, EbpfLoader,
    maps::{Array, MapData, PerCpuArray, PerCpuHashMap, RingBuf},
    programs::{RawTracePoint, SchedClassifier, TcAttachType},
};
use causeway_common::{
    faults::{Event, FreedKey, MISSED, Offsets, Orders},
    names,
};

use super::{KernelError, tables::failed};

const ORDERS: &str = "ORDERS";
const OFFSETS: &str = "OFFSETS";
const DONE: &str = "DONE";
/// By the first witness, and by the second.
const FREED: [&str; 2] = ["FREED", "FREED_MEANWHILE"];
/// In the order in which they see a packet.
const WITNESSES: [&str; 2] = ["witness", "second_witness"];
const NEWS: &str = "NEWS";
/// The tracepoint of every packet that the kernel drops.
const TRACEPOINT: &str = "kfree_skb";

/// The programs, loaded with maps of their own. What they were attached to is left alone once this is dropped.
pub struct Disturbing {
    ebpf: Ebpf,
    news: RingBuf<MapData>,
}

impl Disturbing {
    /// Loads `object`.
    ///
    /// # Errors
    /// Where the kernel refuses it.
    pub fn load(object: &[u8]) -> Result<Self, KernelError> {
        let mut loader = EbpfLoader::new();
        // The object names the dataplane's maps, too, which nothing in it uses.
        for map in names::MAPS {
            loader.map_max_entries(map, 1);
        }
        let mut ebpf = loader.load(object)?;
        let news = ebpf.take_map(NEWS).ok_or_else(|| missing(NEWS))?;
        Ok(Self { news: news.try_into().map_err(|e| failed(NEWS, e))?, ebpf })
    }

    /// Has a program (`disturb`, `release`) meet what comes in by an interface of the thread's namespace.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn attach(&mut self, program: &str, interface: &str) -> Result<(), KernelError> {
        let found = self.ebpf.program_mut(program).ok_or_else(|| missing(program))?;
        let found: &mut SchedClassifier = found.try_into()?;
        found.load()?;
        found.attach(interface, TcAttachType::Ingress)?;
        Ok(())
    }

    /// Has the witness see every packet that the kernel drops, on the whole machine.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn watch(&mut self, offsets: Offsets) -> Result<(), KernelError> {
        self.slot(OFFSETS, offsets)?;
        for witness in WITNESSES {
            let program = self.ebpf.program_mut(witness).ok_or_else(|| missing(witness))?;
            let program: &mut RawTracePoint = program.try_into()?;
            program.load()?;
            program.attach(TRACEPOINT)?;
        }
        Ok(())
    }

    /// What shall be done from now on.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn order(&mut self, orders: Orders) -> Result<(), KernelError> {
        self.slot(ORDERS, orders)
    }

    fn slot<V: aya::Pod>(&mut self, name: &'static str, value: V) -> Result<(), KernelError> {
        let map = self.ebpf.map_mut(name).ok_or_else(|| missing(name))?;
        let mut map: Array<_, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.set(0, value, 0).map_err(|e| failed(name, e))
    }

    /// How often each thing was done, and, last, how many events were lost.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn done(&self) -> Result<Vec<u64>, KernelError> {
        let map = self.ebpf.map(DONE).ok_or_else(|| missing(DONE))?;
        let map: PerCpuArray<_, u64> = map.try_into().map_err(|e| failed(DONE, e))?;
        let sum = |slot| Ok(map.get(&slot, 0).map_err(|e| failed(DONE, e))?.iter().sum());
        (0..=MISSED).map(sum).collect()
    }

    /// How many packets were freed, by namespace and reason.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn freed(&self) -> Result<BTreeMap<FreedKey, u64>, KernelError> {
        let mut freed = BTreeMap::new();
        for name in FREED {
            let map = self.ebpf.map(name).ok_or_else(|| missing(name))?;
            let map: PerCpuHashMap<_, FreedKey, u64> = map.try_into().map_err(|e| failed(name, e))?;
            for entry in map.iter() {
                let (key, values) = entry.map_err(|e| failed(name, e))?;
                *freed.entry(key).or_default() += values.iter().sum::<u64>();
            }
        }
        Ok(freed)
    }

    /// What has happened to numbered packets since it was asked for last.
    pub fn news(&mut self) -> Vec<Event> {
        let next = || self.news.next().map(|item| item.first_chunk().map(Event::from_bytes));
        std::iter::from_fn(next).flatten().collect()
    }
}

fn missing(what: &str) -> KernelError {
    KernelError::Missing(what.to_owned())
}
