//! A daemon that no service manager confines gives up what it does not need.

use causeway::runtime::NEEDED;
use causeway_lab::{Lab, Store};

use super::status::Status;

/// Numbers of capabilities (linux/capability.h), by their names.
fn bit(name: &str) -> u64 {
    let number = match name {
        "CHOWN" => 0,
        "DAC_READ_SEARCH" => 2,
        "KILL" => 5,
        "NET_BIND_SERVICE" => 10,
        "NET_ADMIN" => 12,
        "SYS_CHROOT" => 18,
        "SYS_PTRACE" => 19,
        "SYS_ADMIN" => 21,
        other => panic!("{other} is new here"),
    };
    1 << number
}

#[test]
fn it_has_what_it_needs_and_what_it_starts_has_all() {
    let lab = Lab::builder().nodes(1).store(Store::Embedded).start().unwrap();
    let node = lab.node(1);
    let needed: u64 = NEEDED.iter().map(|right| bit(right.name)).sum();
    let (daemon, ours) = (Status::of(node.daemon_pid().unwrap()), Status::of("self"));
    for (set, want) in [("CapEff", needed), ("CapPrm", needed), ("CapInh", 0)] {
        assert_eq!(daemon.capabilities(set), want, "{set}");
    }
    node.cw("run -d --name a --network none -- sleep 1000").unwrap();
    let shown: serde_json::Value = serde_json::from_str(&node.cw("inspect a").unwrap()).unwrap();
    let container = Status::of(&shown[0]["State"]["Pid"]);
    let all = |status: &Status| ["CapBnd", "CapPrm", "CapEff"].map(|set| status.capabilities(set));
    assert_eq!(all(&container), all(&ours));
    assert_eq!(node.cw("exec a -- echo said").unwrap(), "said");
}
