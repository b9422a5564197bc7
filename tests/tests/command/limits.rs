//! Tables of a given size: what has no room in them is refused or named, with the way out.

use causeway_lab::{Lab, Store};

use super::node::{ok, read, wait_until};

const CONFIG: &str = "[limits]\nservices = 3\nring_slots = 512\n";

#[test]
fn who_asks_for_more_than_fits_is_told_what_to_raise() {
    let lab = Lab::builder().nodes(1).store(Store::Embedded).config(CONFIG).start().unwrap();
    let node = lab.node(1);
    ok(node, "network create net");
    for name in ["a", "b", "c"] {
        ok(node, &format!("service create --network net {name}"));
    }
    let refused = |line: &str| {
        let output = node.causeway(line.split_whitespace()).unwrap();
        assert_ne!(output.code, 0, "{line}");
        output.stderr
    };
    let said = refused("service create --network net d");
    assert!(said.contains("at most 3 services") && said.contains("`services`"), "{said}");

    // There is room for the ring of one service.
    ok(node, "run -d --name one --network net --service a -- sleep 900");
    ok(node, "run -d --name two --network net --service b -- sleep 900");
    let full = "map RINGS is full: raise `ring_slots` in the configuration's [limits]";
    wait_until("it is shown", || read(node, "status --format json")["DataplaneFailure"] == full);
    assert!(ok(node, "status").contains(full));
    assert!(node.log().contains("some services or backends are not reached from this node"));
    let rings = read(node, "status --format json")["Maps"]["RINGS"].clone();
    assert_eq!((rings["Used"].as_u64(), rings["Capacity"].as_u64()), (Some(512), Some(512)), "{rings}");
    ok(node, "rm -f one");
    wait_until("there is room again", || read(node, "status --format json")["DataplaneFailure"] == "");
}
