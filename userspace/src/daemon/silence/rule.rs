//! When a node counts as silent: pure, the time is passed in.
//!
//! A sign of life that is missed may be the node's fault or the store's. It is taken for the node's only
//! while this node's own sign of life stands in the same store, and has stood for a grace in which every
//! living node can have renewed its own. Whoever counts as silent stays so until the sign is there again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::model::Id;

/// How long a sign of life must be missed: leases that the store loses all at once do not end in one moment,
/// and a node whose lease was lost takes a new one within half a second.
const CONFIRMED: Duration = Duration::from_secs(1);

/// What is seen of the nodes at one moment.
#[derive(Debug)]
pub(super) struct Seen<'s> {
    /// The store is followed, and this node's own sign of life stands in it.
    pub(super) trusted: bool,
    /// Other nodes, whose signs of life are missed.
    pub(super) missed: BTreeSet<&'s Id>,
}

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Rule {
    grace: Duration,
    trusted_since: Option<Instant>,
    missed_since: BTreeMap<Id, Instant>,
    silent: BTreeSet<Id>,
}

impl Rule {
    /// For a store that may need `grace` to have all signs of life; these are known to be silent.
    pub(super) const fn new(grace: Duration, silent: BTreeSet<Id>) -> Self {
        Self { grace, trusted_since: None, missed_since: BTreeMap::new(), silent }
    }

    /// Who counts as silent.
    pub(super) const fn silent(&self) -> &BTreeSet<Id> {
        &self.silent
    }

    /// The store was away: what is missed from now on says nothing for the grace.
    pub(super) fn distrust(&mut self) {
        self.trusted_since = None;
        self.missed_since.clear();
    }

    /// Draws the conclusions; the answer is when to look again though nothing has changed.
    pub(super) fn look(&mut self, now: Instant, seen: &Seen<'_>) -> Option<Instant> {
        self.silent.retain(|node| seen.missed.contains(node));
        if !seen.trusted {
            self.distrust();
            return None;
        }
        let believed = *self.trusted_since.get_or_insert(now) + self.grace;
        self.missed_since.retain(|node, _| seen.missed.contains(node));
        let mut again = None;
        for node in &seen.missed {
            if self.silent.contains(*node) {
                continue;
            }
            let since = *self.missed_since.entry((*node).clone()).or_insert(now);
            let due = believed.max(since + CONFIRMED);
            if due <= now {
                self.silent.insert((*node).clone());
            } else {
                again = Some(again.map_or(due, |other: Instant| other.min(due)));
            }
        }
        again
    }
}

#[cfg(test)]
mod tests;
