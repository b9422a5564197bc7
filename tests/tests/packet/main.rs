//! Packet rows: a sentence, a packet in, a verdict, a packet out, and the counters that moved. Each
//! runs in the kernel by test-run; where a redirect goes is the topology tests' business.

mod arp;
mod encap;
mod errors;
mod flows;
mod from_container;
mod from_host;
mod from_outside;
mod from_uplink;
mod from_wire;
mod front;
mod hairpin;
mod ingress;
mod ingress_answers;
mod ingress_by_mesh;
mod ingress_changes;
mod ingress_containers;
mod inward;
mod mesh;
mod notices;
mod outward;
mod row;
mod service;
mod service_answers;

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::{Counter, DropReason};
use causeway_tests::dataplane::{Fixture, local};
use row::{Moved, Row};

/// All rows.
fn rows() -> Vec<Row> {
    let overlay = [from_container::rows(), encap::rows(), arp::rows(), from_uplink::rows(), front::rows()];
    let local = [from_host::rows(), outward::rows(), inward::rows(), hairpin::rows(), errors::rows()];
    overlay
        .into_iter()
        .chain(local)
        .chain([
            from_outside::rows(),
            notices::rows(),
            service::rows(),
            service_answers::rows(),
            mesh::rows(),
            ingress::rows(),
            ingress_by_mesh::rows(),
            ingress_answers::rows(),
            ingress_changes::rows(),
            ingress_containers::rows(),
        ])
        .flatten()
        .collect()
}

/// What rows fail, and why. A dataplane is loaded for each need, and reset for each row.
fn failures() -> Vec<String> {
    let mut loaded: BTreeMap<(u16, u32), Fixture> = BTreeMap::new();
    let mut run = |row: &Row| {
        let (port, flows) = row.needs();
        let load = || Fixture::with(port, flows).expect("root, and programs that load");
        row.run(loaded.entry((port, flows)).or_insert_with(load)).err()
    };
    rows().iter().filter_map(&mut run).collect()
}

#[test]
fn every_row_holds() {
    let ground = local::ground(&format!("cw-packet-{}", std::process::id())).expect("root, and a namespace");
    let failures = ground.run(failures).expect("the rows are run");
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_sentence_is_said_once() {
    let sentences: BTreeSet<_> = rows().iter().map(|row| row.sentence).collect();
    assert_eq!(sentences.len(), rows().len());
}

#[test]
fn every_drop_reason_and_every_counter_has_a_row() {
    let moved: BTreeSet<Moved> = rows().iter().flat_map(|row| row.moved.clone()).collect();
    let drops = DropReason::ALL.iter().copied().map(Moved::Drop);
    let roads = Counter::ALL.iter().copied().map(Moved::Carried);
    let missing: Vec<Moved> = drops.chain(roads).filter(|one| !moved.contains(one)).collect();
    assert!(missing.is_empty(), "no row reaches {missing:?}");
}
