//! How many endpoints each node can reach, looked at again and again: what nobody has removed must
//! not be gone from the maps, not for a moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use causeway::{api::types::Status, client::Client};

use super::cast::{Cluster, NODES};

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// The map of endpoints.
const MAP: &str = "ENDPOINTS_V4";

/// What may be gone from the maps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Gone {
    /// A node that gave no sign of life: with its two containers, and not for itself.
    pub(crate) silent: Option<usize>,
    /// The node of a container that somebody removed: there the host saw it, too.
    pub(crate) removed: Option<usize>,
}

impl Gone {
    /// How many entries of a node's map that takes.
    fn on(self, node: usize) -> u64 {
        let silent = if self.silent.is_some_and(|silent| silent != node) { 2 } else { 0 };
        silent + self.removed.map_or(0, |home| if home == node { 2 } else { 1 })
    }
}

/// Counts endpoints of each node until it is asked for the fewest.
pub(crate) struct Census {
    stop: Arc<AtomicBool>,
    before: Vec<u64>,
    counters: Vec<JoinHandle<u64>>,
}

impl Census {
    pub(crate) fn begin(cluster: &Cluster) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let before: Vec<u64> = (1..=NODES).map(|number| endpoints(&cluster.status(number))).collect();
        let counters = (1..=NODES)
            .map(|number| {
                let host = causeway_lab::daemon::host(cluster.lab.layout(), u8::try_from(number).unwrap());
                let stop = Arc::clone(&stop);
                thread::spawn(move || fewest(&Client::new(&host).unwrap(), &stop))
            })
            .collect();
        Self { stop, before, counters }
    }

    /// Ends it: no node ever had fewer than before, but for what may be gone. Gives a word for what was seen.
    pub(crate) fn assert_kept(self, gone: Gone) -> String {
        self.stop.store(true, Ordering::Relaxed);
        for (index, counter) in self.counters.into_iter().enumerate() {
            let (least, before) = (counter.join().unwrap(), self.before[index]);
            let kept = least + gone.on(index + 1) >= before;
            assert!(kept, "node{}: {before} endpoints, then {least}", index + 1);
        }
        "mass deletes 0".to_owned()
    }
}

/// The fewest endpoints that were seen; a daemon that does not answer is asked again.
fn fewest(client: &Client, stop: &AtomicBool) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut least = u64::MAX;
    while !stop.load(Ordering::Relaxed) {
        let asked = runtime.block_on(async { tokio::time::timeout(10 * PAUSE, client.status()).await });
        if let Ok(Ok(status)) = asked {
            least = least.min(endpoints(&status));
        }
        thread::sleep(PAUSE);
    }
    least
}

fn endpoints(status: &Status) -> u64 {
    let held = status.maps.iter().find(|(name, _)| name.eq_ignore_ascii_case(MAP));
    held.unwrap_or_else(|| panic!("no map {MAP} in {:?}", status.maps.keys())).1.used
}
