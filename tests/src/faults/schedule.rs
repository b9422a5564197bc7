//! Which fault is next: drawn by a seed, each kind once before any comes again.

use std::{env, fmt, time::Duration};

use causeway_common::faults::Disturbance;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

/// Something that goes wrong, or is done, on purpose. Nodes count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Packets that come from a node are disturbed, so many of 65,536.
    Packets(usize, Disturbance, u32),
    /// A node's uplink is down.
    LinkDown(usize),
    /// A node's daemon does nothing (SIGSTOP), then goes on (SIGCONT).
    DaemonPaused(usize),
    /// The store does nothing, then goes on.
    StorePaused,
    /// A node's daemon is killed (SIGKILL), and started again.
    DaemonKilled(usize),
    /// A container is killed, and another takes its place.
    ContainerReplaced,
    /// A service gets another backend, and loses it again.
    ServiceScaled,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packets(node, what, parts) => {
                write!(f, "{} {parts} of 65536 packets from node{node}", what.name())
            }
            Self::LinkDown(node) => write!(f, "uplink of node{node} down"),
            Self::DaemonPaused(node) => write!(f, "daemon of node{node} paused"),
            Self::StorePaused => write!(f, "store paused"),
            Self::DaemonKilled(node) => write!(f, "daemon of node{node} killed"),
            Self::ContainerReplaced => write!(f, "container replaced"),
            Self::ServiceScaled => write!(f, "service scaled"),
        }
    }
}

/// Kinds of faults; those of packets come first.
const KINDS: usize = Disturbance::ALL.len() + 6;
/// What a lone disturbance takes of the packets, the least and the most of 65,536 parts.
const PARTS: (u32, u32) = (650, 6500);

/// Faults, one after the other.
pub struct Schedule {
    chance: StdRng,
    nodes: usize,
    deck: Vec<usize>,
}

impl Schedule {
    /// All follow from the seed.
    pub fn new(seed: u64, nodes: usize) -> Self {
        Self { chance: StdRng::seed_from_u64(seed), nodes, deck: Vec::new() }
    }

    /// The next fault.
    pub fn draw(&mut self) -> Fault {
        if self.deck.is_empty() {
            self.deck.extend(0..KINDS);
            self.deck.shuffle(&mut self.chance);
        }
        let kind = self.deck.pop().unwrap_or_default();
        let node = self.chance.random_range(1..=self.nodes);
        let parts = self.chance.random_range(PARTS.0..=PARTS.1);
        match kind - kind.min(Disturbance::ALL.len()) {
            _ if kind < Disturbance::ALL.len() => Fault::Packets(node, Disturbance::ALL[kind], parts),
            0 => Fault::LinkDown(node),
            1 => Fault::DaemonPaused(node),
            2 => Fault::StorePaused,
            3 => Fault::DaemonKilled(node),
            4 => Fault::ContainerReplaced,
            _ => Fault::ServiceScaled,
        }
    }

    /// How long it lasts.
    pub fn lasting(&mut self, least: Duration, most: Duration) -> Duration {
        self.chance.random_range(least..=most)
    }
}

/// The seed that is asked for by `CAUSEWAY_SEED`, or any; it is printed, so that a run can be had again.
pub fn seed() -> u64 {
    let asked_for = env::var("CAUSEWAY_SEED").ok().and_then(|text| text.parse().ok());
    let seed = asked_for.unwrap_or_else(rand::random);
    println!("what goes wrong follows from CAUSEWAY_SEED={seed}");
    seed
}

#[cfg(test)]
mod tests {
    use super::{KINDS, Schedule};

    fn kinds(seed: u64) -> Vec<String> {
        let mut schedule = Schedule::new(seed, 3);
        (0..2 * KINDS).map(|_| schedule.draw().to_string()).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_faults_and_each_kind_in_turn() {
        assert_eq!(kinds(1), kinds(1));
        assert_ne!(kinds(1), kinds(2));
        for half in kinds(3).chunks(KINDS) {
            let mut words: Vec<_> = half.iter().filter_map(|fault| fault.split(' ').next()).collect();
            words.sort_unstable();
            let expected =
                "container corrupt daemon daemon delay drop duplicate service store truncate uplink";
            assert_eq!(words.join(" "), expected);
        }
    }
}
