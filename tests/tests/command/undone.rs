//! A request that fails in its middle leaves nothing of its first half.

use causeway_common::names::LAYOUT;
use causeway_lab::{Netns, ip::ip};

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok};

/// The second interface cannot be made: its name is taken where a listing of interfaces does not
/// show it, so the request gets as far as records, addresses, and the first interface.
#[test]
fn an_attachment_whose_second_interface_fails() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay --subnet 10.77.0.0/24 first");
    ok(node, "network create -d overlay --subnet 10.78.0.0/24 second");
    let netns = Netns::create(&format!("cwt{}-undone", std::process::id())).unwrap();
    ip(&netns, "link property add dev lo altname eth1").unwrap();
    let inside = ip(&netns, "-o addr").unwrap();
    let before = all_there_is(node);

    let line = format!("attach --netns {} --network first --network second half", netns.path().display());
    assert_refused(&line, &cw(node, &line), 1, &["eth1", "exists"]);

    assert_nothing_left(node, &before, &line);
    assert_eq!(ip(&netns, "-o addr").unwrap(), inside);
    let pins = std::fs::read_dir(lab.layout().bpf_dir(1).join(LAYOUT).join("links")).unwrap().flatten();
    let left = pins.filter(|pin| pin.file_name().to_string_lossy().starts_with("from_container")).count();
    assert_eq!(left, 0, "no container has a program");

    ip(&netns, "link property del dev lo altname eth1").unwrap();
    ok(node, &line);
}
