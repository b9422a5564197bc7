//! Daemons do not grow, whatever goes wrong.

use std::fs;

use super::cast::{Cluster, NODES};

/// Looks before it is asked whether memory grows: what a daemon needs at all, it needs by then.
const WARM: usize = 12;
/// What may come on top, of a hundred.
const DRIFT: u64 = 5;

/// Resident memory of daemons, KiB, look after look.
#[derive(Default)]
pub(crate) struct Memory(Vec<u64>);

impl Memory {
    /// Looks at all daemons; their mean.
    pub(crate) fn look(&mut self, cluster: &Cluster) {
        let pids = (1..=NODES).filter_map(|node| cluster.node(node).daemon_pid());
        self.0.push(pids.map(resident).sum::<u64>() / NODES as u64);
    }

    /// After they are warm, the later half of looks sees as much as the earlier one.
    pub(crate) fn assert_bounded(&self) {
        let looks = self.0.get(WARM..).unwrap_or_default();
        let (earlier, later) = looks.split_at(looks.len() / 2);
        if earlier.is_empty() {
            println!("memory of a daemon: {:?} KiB, too short a run to say more", self.0);
            return;
        }
        let (before, after) = (median(earlier), median(later));
        println!("memory of a daemon: {before} KiB, later {after} KiB");
        assert!(after * 100 <= before * (100 + DRIFT), "daemons grew from {before} to {after} KiB");
    }
}

fn median(looks: &[u64]) -> u64 {
    let mut sorted = looks.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

/// A process's resident memory (proc(5)).
fn resident(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
