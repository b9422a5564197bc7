//! Flows, as the daemon sees them: it reads them, and removes those that are over. The programs make
//! them, and treat one that has expired as absent; removing it gives the memory back.

use std::{net::Ipv4Addr, time::Duration};

use causeway_common::{Flow, FlowKeyV4, State, Tracked, names, state};
use nix::time::{ClockId, clock_gettime};

use super::{Dataplane, KernelError, batch::Position};

/// Ticks beyond its time that an expired flow is left alone: programs on other CPUs may have read the clock
/// before it expired.
const GRACE: u32 = 4;

/// Ticks of silence after which a conversation that is over goes early: what comes late of it has come.
const LINGERS: u32 = state::seconds(1);

/// The tables that hold flows.
const TABLES: [&str; 2] = [names::FLOWS_V4, names::FLOWS_NEW_V4];

/// How far the tables of flows have been walked through.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlowWalk {
    table: usize,
    position: Position,
    early: bool,
    left: usize,
}

impl FlowWalk {
    /// One that takes conversations that are over early, before their time ends: there is little room.
    pub fn early() -> Self {
        Self { early: true, ..Self::default() }
    }

    /// Whether it is such a one.
    pub const fn is_early(&self) -> bool {
        self.early
    }

    /// Directions of answered flows that it has met so far and left alone.
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Whether it is at its end.
    pub const fn is_over(&self) -> bool {
        self.table >= TABLES.len()
    }

    /// Whether a table has more than the piece that was walked through last.
    pub const fn is_within_a_table(&self) -> bool {
        self.position.is_begun()
    }
}

/// Whether a flow is an answered one that expired long ago.
fn is_swept(entry: &Entry) -> bool {
    entry.answered && entry.flow.is_expired(now().wrapping_sub(GRACE))
}

/// Whether it is, or is over and only kept for what may come late.
fn is_swept_early(entry: &Entry) -> bool {
    let silent = now().wrapping_sub(entry.flow.last).cast_signed();
    let lingers = State::is_over(entry.flow.state) && silent > LINGERS.cast_signed();
    is_swept(entry) || entry.answered && lingers
}

/// One direction of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The tuple that its packets carry before they are translated.
    pub key: FlowKeyV4,
    /// What they become.
    pub flow: Flow,
    /// Whether the flow has been answered.
    pub answered: bool,
}

impl Entry {
    /// Where the conversation stands.
    pub fn state(&self) -> State {
        State::from_number(self.flow.state)
    }

    /// Whether one of its ends, or the host's side of it, is this address.
    fn touches(&self, addr: Ipv4Addr) -> bool {
        let Self { key, flow, .. } = self;
        [key.src, key.dst, flow.src, flow.dst].contains(&addr.octets())
    }
}

impl Dataplane {
    /// All flows, two entries each, in no order.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses the read.
    pub fn flows(&self) -> Result<Vec<Entry>, KernelError> {
        let mut entries = Vec::new();
        for table in TABLES {
            let answered = table == names::FLOWS_V4;
            let read = self.entries_of(table)?.into_iter();
            entries.extend(read.map(|(key, flow)| Entry { key, flow, answered }));
        }
        Ok(entries)
    }

    /// Removes answered flows that expired; how many entries. New ones make room by themselves.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn sweep(&mut self) -> Result<usize, KernelError> {
        self.remove_flows(is_swept)
    }

    /// Removes the flows of a container that is gone, or of which no port is published any more, by
    /// its address; how many entries. What comes for them afterwards is the host's, or dropped.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn forget(&mut self, addr: Ipv4Addr) -> Result<usize, KernelError> {
        self.remove_flows(|entry| entry.touches(addr))
    }

    /// Removes the flows that a test says are over.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn remove_flows(&mut self, over: impl Fn(&Entry) -> bool) -> Result<usize, KernelError> {
        let (mut walk, mut removed) = (FlowWalk::default(), 0);
        while !walk.is_over() {
            removed += self.remove_next(&mut walk, &over)?;
        }
        Ok(removed)
    }

    /// [`Dataplane::sweep`] of the next flows of a walk, so that nobody else waits long for the dataplane.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn sweep_next(&mut self, walk: &mut FlowWalk) -> Result<usize, KernelError> {
        if walk.early { self.remove_next(walk, &is_swept_early) } else { self.remove_next(walk, &is_swept) }
    }

    /// [`Dataplane::forget`] of the next flows of a walk.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn forget_next(&mut self, walk: &mut FlowWalk, addr: Ipv4Addr) -> Result<usize, KernelError> {
        self.remove_next(walk, &|entry| entry.touches(addr))
    }

    fn remove_next(
        &mut self,
        walk: &mut FlowWalk,
        over: &impl Fn(&Entry) -> bool,
    ) -> Result<usize, KernelError> {
        let Some(table) = TABLES.get(walk.table).copied() else { return Ok(0) };
        let answered = table == names::FLOWS_V4;
        let over = |key: &FlowKeyV4, flow: &Flow| over(&Entry { key: *key, flow: *flow, answered });
        let entries = self.entries_from(table, &mut walk.position)?;
        let met = entries.len();
        let entries = entries.into_iter();
        let keys: Vec<_> = entries.filter(|(key, flow)| over(key, flow)).map(|(key, _)| key).collect();
        walk.left += if answered { met - keys.len() } else { 0 };
        if walk.position.over {
            *walk = FlowWalk { table: walk.table + 1, position: Position::default(), ..*walk };
        }
        self.remove_if(table, keys, over)
    }

    /// How many directions of answered flows fit.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses the read.
    pub fn flow_capacity(&self) -> Result<usize, KernelError> {
        Ok(self.capacity(names::FLOWS_V4)? as usize)
    }

    /// Forgets with which backends conversations with ports of the mesh are tracked: each is asked for again.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn forget_tracked(&mut self) -> Result<(), KernelError> {
        let tracked = self.entries_of::<FlowKeyV4, Tracked>(names::TRACKED_V4)?;
        let keys: Vec<FlowKeyV4> = tracked.into_iter().map(|(key, _)| key).collect();
        self.remove_all(names::TRACKED_V4, &keys)
    }

    /// Enters one direction of a flow as it is, where it stood before or where a test wants it.
    ///
    /// # Errors
    /// [`KernelError::Full`] where the table takes no more.
    pub fn put_flow(&mut self, entry: &Entry) -> Result<(), KernelError> {
        let table = if entry.answered { names::FLOWS_V4 } else { names::FLOWS_NEW_V4 };
        self.put(table, entry.key, entry.flow)
    }
}

/// The time that the programs read, in ticks ([`causeway_common::state`]).
pub fn now() -> u32 {
    // The clock is there on every kernel that has eBPF.
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC_COARSE).map(Duration::from).unwrap_or_default();
    state::ticks(u64::try_from(time.as_nanos()).unwrap_or_default())
}
