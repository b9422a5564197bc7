//! The places of the front tables, in the memory that they share with the programs.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering, fence},
    time::{Duration, Instant},
};

use causeway_common::{Ipv4, front, limits, names};

use super::{
    super::{KernelError, memory::Window},
    coming::Coming,
    entry::{Entry, Table, WORDS},
};

/// Words of a VTEP's place: an array's values are eight bytes apart at least.
const VTEP_WORDS: usize = 2;
/// How long an emptied place rests before it has other words: no program that has read its key before still runs.
const REST: Duration = Duration::from_secs(1);

/// The front tables' memory, and which places have been emptied a moment ago.
#[derive(Debug)]
pub(in crate::kernel) struct Front {
    endpoints: Window<AtomicU32>,
    attached: Window<AtomicU32>,
    vteps: Window<AtomicU32>,
    pub(super) coming: Coming,
    rests: HashMap<(Table, u32), (Entry, Instant)>,
}

impl Front {
    /// Opens the memory of pinned maps; `open` maps so many words of one.
    pub(in crate::kernel) fn open(
        open: impl Fn(&'static str, usize) -> Result<Window<AtomicU32>, KernelError>,
    ) -> Result<Self, KernelError> {
        Ok(Self {
            endpoints: open(names::FRONT_ENDPOINTS, limits::FRONT_ENDPOINTS as usize * WORDS)?,
            attached: open(names::FRONT_ATTACHED, limits::FRONT_ATTACHED as usize * WORDS)?,
            vteps: open(names::FRONT_VTEPS, limits::FRONT_VTEPS as usize * VTEP_WORDS)?,
            coming: Coming::default(),
            rests: HashMap::new(),
        })
    }

    fn place(&self, table: Table, place: u32) -> &[AtomicU32] {
        let window = match table {
            Table::Endpoints => &self.endpoints,
            Table::Attached => &self.attached,
        };
        &window.words()[place as usize * WORDS..][..WORDS]
    }

    /// What stands in a place.
    fn standing(&self, table: Table, place: u32) -> Option<Entry> {
        let mut words = [0; WORDS];
        let from = self.place(table, place).iter();
        words.iter_mut().zip(from).for_each(|(word, from)| *word = from.load(Ordering::Acquire));
        Some(Entry { table, place, words }).filter(Entry::is_somebodys)
    }

    /// All that stand somewhere.
    pub(super) fn all(&self) -> Vec<Entry> {
        let endpoints = (0..limits::FRONT_ENDPOINTS).map(|place| (Table::Endpoints, place));
        let attached = (0..limits::FRONT_ATTACHED).map(|place| (Table::Attached, place));
        endpoints.chain(attached).filter_map(|(table, place)| self.standing(table, place)).collect()
    }

    /// The entry is about to change: nobody finds it here meanwhile.
    pub(super) fn change(&mut self, entry: Entry) {
        match self.standing(entry.table, entry.place) {
            Some(there) if !entry.has_key_of(&there) => return,
            Some(there) => self.empty(&there),
            None => {}
        }
        self.coming.expect(entry);
    }

    /// The entry is about to go.
    pub(super) fn leave(&mut self, entry: &Entry) {
        if let Some(there) = self.standing(entry.table, entry.place).filter(|there| there.has_key_of(entry)) {
            self.empty(&there);
        }
        self.coming.forget(entry);
    }

    /// Whether an entry may take its place: nobody stands there, and nobody has who might still be read.
    pub(super) fn may_take(&self, entry: &Entry) -> bool {
        let has_rested = |(last, since): &(Entry, Instant)| entry.is(last) || since.elapsed() > REST;
        entry.is_somebodys()
            && self.standing(entry.table, entry.place).is_none()
            && self.rests.get(&(entry.table, entry.place)).is_none_or(has_rested)
    }

    /// Forgets which places have rested long enough.
    pub(super) fn forget_rested(&mut self) {
        self.rests.retain(|_, (_, since)| since.elapsed() <= REST);
    }

    /// Empties a place: of its key. Who has read that already finds the rest as it was.
    pub(super) fn empty(&mut self, there: &Entry) {
        self.rests.insert((there.table, there.place), (*there, Instant::now()));
        self.place(there.table, there.place)[there.table.key().start].store(0, Ordering::SeqCst);
    }

    /// Has an entry take its place, its key last. `noted`: whether the programs have noted something in the hash
    /// table's entry; asked after the place has what it had of it, so that no note is lost between the two.
    pub(super) fn take(
        &self,
        entry: &Entry,
        noted: impl FnOnce() -> Result<bool, KernelError>,
    ) -> Result<(), KernelError> {
        let (place, key) = (self.place(entry.table, entry.place), entry.table.key());
        let put = |words: &[u32; WORDS]| {
            let value = (0..WORDS).filter(|at| !key.contains(at));
            value.for_each(|at| place[at].store(words[at], Ordering::Release));
            fence(Ordering::SeqCst);
        };
        put(&entry.words);
        if noted()? {
            put(&entry.noted().words);
        }
        key.clone().rev().for_each(|at| place[at].store(entry.words[at], Ordering::Release));
        Ok(())
    }

    /// The VTEPs that stand somewhere.
    pub(super) fn known_vteps(&self) -> Vec<Ipv4> {
        let words = self.vteps.words().iter().step_by(VTEP_WORDS);
        let words = words.map(|word| word.load(Ordering::Acquire));
        words.filter(|word| *word != 0).map(u32::to_ne_bytes).collect()
    }

    fn vtep(&self, addr: Ipv4) -> &AtomicU32 {
        &self.vteps.words()[front::vtep(addr) as usize * VTEP_WORDS]
    }

    pub(super) fn forget_vtep(&self, addr: Ipv4) {
        let word = u32::from_ne_bytes(addr);
        let _other = self.vtep(addr).compare_exchange(word, 0, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(super) fn know_vtep(&self, addr: Ipv4) {
        let word = u32::from_ne_bytes(addr);
        let _taken = self.vtep(addr).compare_exchange(0, word, Ordering::SeqCst, Ordering::SeqCst);
    }
}
