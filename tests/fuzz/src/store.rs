//! The store: `k` a key; `r` records, a line each, the key and behind a blank the value, which come into a cluster
//! that is there.
//!
//! Who writes other keys, other values or half of one is named, and harms nobody: tables and names are still built,
//! and queries answered.

use causeway::{
    desired::State,
    dns::{Counters, Transport, receive},
    store::{
        Change,
        schema::{Key, Part},
    },
};
use rand::{SeedableRng as _, rngs::SmallRng};

use crate::{
    cluster::{CLUSTER, Cluster},
    text,
};

/// Reads.
pub fn run(input: &[u8]) {
    match text(input) {
        Some((b'k', key_text)) => key(key_text),
        Some((b'r', lines)) => records(lines),
        _ => {}
    }
}

/// A key that is understood is spelled in one way only, and is in the part that it says.
fn key(text: &str) {
    let Some(key) = Key::parse(text) else { return };
    assert_eq!(key.to_string(), text);
    match key.part() {
        Some(part) => assert!(text.starts_with(&part.prefix())),
        None => assert!(text.starts_with("claims/")),
    }
}

fn records(lines: &str) {
    let record = |line: &str| {
        let (key, value) = line.split_once(' ')?;
        Some((key.to_owned(), (!value.is_empty()).then(|| value.as_bytes().to_vec())))
    };
    let keys: Vec<_> = lines.lines().filter_map(record).collect();
    let mut cluster = CLUSTER.clone();
    let revision = cluster.state.revision + 1;
    cluster.state.apply(&Change { revision, keys: keys.clone() });
    for key in &cluster.state.unreadable {
        assert!(keys.iter().any(|(text, _)| text == key), "{key} was never written");
    }
    if differs(&cluster.state) {
        build_upon(&cluster);
    }
    let parts: Vec<Part> = cluster.state.parts().map(|(part, _)| part.clone()).collect();
    parts.iter().for_each(|part| cluster.state.forget(part));
    assert!(cluster.state.containers.is_empty() && cluster.state.networks.is_empty());
}

/// Whether anything has come of it that more is made of; most inputs cannot be read, and tables take their time.
fn differs(state: &State) -> bool {
    let before = &CLUSTER.state;
    let records = state.networks != before.networks || state.endpoints != before.endpoints;
    let nodes = state.nodes != before.nodes || state.live != before.live;
    let services = state.services != before.services || state.backends != before.backends;
    records || nodes || services || state.containers != before.containers
}

/// What a node makes of it.
fn build_upon(cluster: &Cluster) {
    let _ = cluster.tables();
    let names = cluster.names();
    for id in cluster.state.containers.keys() {
        if let Some(client) = names.client(id) {
            receive(client, QUERY, Transport::Udp, &Counters::default(), &mut SmallRng::seed_from_u64(1));
        }
    }
}

/// `site`, A.
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04site\0\0\x01\0\x01";
