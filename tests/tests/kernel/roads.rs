//! Roads: a packet that a hook's program hands on finds the other program, whether or not a daemon runs,
//! and whichever of them was loaded last.

use std::net::UdpSocket;

use causeway::{
    kernel::{Dataplane, Hook, Options},
    plan::Step,
};
use causeway_common::{Attachment, DropReason, Road};
use causeway_lab::{Netns, ip::ip};
use causeway_tests::dataplane::{BpfDir, pins, world};

/// A container that is the namespace itself: whatever it sends by `lo` is for its gateway, since no
/// frame there has a MAC. Beyond the network there is nobody.
pub(crate) const SELF: Attachment = Attachment {
    vni: world::VNI,
    addr: [127, 0, 0, 1],
    mac: [0; 6],
    gateway_mac: [0; 6],
    gateway: world::GATEWAY,
    mtu: u16::MAX,
    flags: 0,
    ifindex: 0,
};

fn send(netns: &Netns) {
    let sent = netns.run(|| UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", "127.0.0.1:9"));
    sent.expect("the namespace is there").expect("lo is up");
}

/// How often the road was taken, and how often it was missing.
fn counted(dataplane: &Dataplane) -> (u64, u64) {
    let drops = dataplane.drops().expect("counters are readable");
    (drops[DropReason::NoEndpoint.name()], drops[DropReason::NoProgram.name()])
}

#[test]
fn a_road_is_open_without_a_daemon_and_after_a_restart() {
    let netns = Netns::create(&format!("cwk-road-{}", std::process::id())).expect("root");
    ip(&netns, "link set lo up").expect("lo is there");
    let bpf_dir = BpfDir::new();
    let open = || Dataplane::open(&Options::new(bpf_dir.path(), world::VTEP.into())).expect("root");

    let mut dataplane = open();
    dataplane.apply(&[Step::PutAttachment(1, SELF)]).expect("there is room");
    netns.run(|| dataplane.attach(Hook::FromContainer, "lo", 1)).expect("a namespace").expect("lo is there");
    send(&netns);
    assert_eq!(counted(&dataplane), (1, 0));

    drop(dataplane);
    send(&netns);
    let dataplane = open();
    assert_eq!(counted(&dataplane), (2, 0), "no daemon was there");
    drop(dataplane);
    pins::as_another_version(bpf_dir.path()).expect("one is there");
    let mut dataplane = open();
    send(&netns);
    assert_eq!(counted(&dataplane), (3, 0), "programs are new");

    dataplane.close_road(Road::Beyond).expect("it was open");
    send(&netns);
    assert_eq!(counted(&dataplane), (3, 1), "no program takes it");
    dataplane.open_roads().expect("programs are loaded");
    send(&netns);
    assert_eq!(counted(&dataplane), (4, 1));
}
