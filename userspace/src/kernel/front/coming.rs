//! Who is to stand in front once the hash tables have changed.

use std::mem;

use causeway_common::{Ipv4, limits};

use super::entry::{Entry, Table, WORDS};

/// Entries by their places, of each place one; and VTEPs.
#[derive(Debug, Default)]
pub(super) struct Coming {
    /// By table and place: one more than the number of its entry among those that come; 0: none comes.
    seats: Vec<u32>,
    entries: Vec<Entry>,
    pub(super) vteps: Vec<Ipv4>,
}

impl Coming {
    fn seat(&mut self, table: Table, place: u32) -> &mut u32 {
        let seats = limits::FRONT_ENDPOINTS + limits::FRONT_ATTACHED;
        self.seats.resize(seats as usize, 0);
        let first = if table == Table::Endpoints { 0 } else { limits::FRONT_ENDPOINTS };
        &mut self.seats[(first + place) as usize]
    }

    /// The entry comes, where no other one comes to its place; of one that comes twice, the last.
    pub(super) fn expect(&mut self, entry: Entry) {
        let next = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let seat = self.seat(entry.table, entry.place);
        match *seat {
            0 => {
                *seat = next + 1;
                self.entries.push(entry);
            }
            taken => {
                let there = &mut self.entries[taken as usize - 1];
                if there.has_key_of(&entry) {
                    *there = entry;
                }
            }
        }
    }

    /// The entry does not come.
    pub(super) fn forget(&mut self, entry: &Entry) {
        let seat = *self.seat(entry.table, entry.place);
        if let Some(there) = seat.checked_sub(1).and_then(|at| self.entries.get_mut(at as usize))
            && there.has_key_of(entry)
        {
            // It keeps its seat: this time nobody else takes it.
            there.words = [0; WORDS];
        }
    }

    /// Who comes; afterwards nobody does.
    pub(super) fn all(&mut self) -> (Vec<Entry>, Vec<Ipv4>) {
        let (entries, vteps) = (mem::take(&mut self.entries), mem::take(&mut self.vteps));
        entries.iter().for_each(|entry| *self.seat(entry.table, entry.place) = 0);
        (entries, vteps)
    }
}
