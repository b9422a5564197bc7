//! A cluster of hundreds of nodes without a kernel: each one has a copy of the store that lags behind,
//! decides on it, and plans by it, while others do the same, die and come back.
//!
//! ```text
//!   history.rs   what happens, drawn by chance
//!   acts.rs      what users ask nodes for
//!   cluster.rs   the store, and every node with its copy and its maps
//!   record.rs    what was said to be done, kept apart from the store: the judge
//! ```

mod acts;
mod cluster;
mod history;
mod record;

use proptest::{collection::vec, prelude::*, strategy::ValueTree};

use self::{cluster::Cluster, history::any_event};

/// More of them where there is time (`CAUSEWAY_LONG`).
fn cases() -> u32 {
    if std::env::var_os("CAUSEWAY_LONG").is_some() { 200 } else { 6 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hundreds_of_nodes_agree_whatever_happens_to_them(
        nodes in 100..=250_u8,
        events in vec(any_event(), 1..400),
    ) {
        let mut cluster = Cluster::of(nodes);
        for event in &events {
            cluster.happens(event);
        }
        cluster.comes_to_rest();
        cluster.check();
    }
}

/// A history that is the same each time, so that it is known to be rich: what the other test draws must
/// hold conflicts, deaths and returns, or it shows little.
#[test]
fn the_histories_hold_what_they_are_for() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let events = vec(any_event(), 1500).new_tree(&mut runner).unwrap().current();
    let mut cluster = Cluster::of(120);
    events.iter().for_each(|event| cluster.happens(event));
    cluster.comes_to_rest();
    cluster.check();
    let seen = cluster.seen();
    assert!(seen.conflicts > 10, "{seen:?}");
    assert!(seen.refusals > 10, "{seen:?}");
    assert!(seen.deaths > 10 && seen.returns > 5, "{seen:?}");
    assert!(seen.endpoints > 50 && seen.services > 3, "{seen:?}");
}
