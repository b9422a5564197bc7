//! By whom the uplink's frames are met (XDP), as ports come and go and the other end of the wire changes.

use causeway_lab::{ip, wait};

use super::cast::{Cluster, PORT, SOON};

/// Waits until the node says so, and looks whether the kernel says the same.
fn becomes(cluster: &Cluster, mode: &str) {
    let is = || Ok(cluster.status(1).xdp == mode);
    wait::until(&format!("XDP becomes {mode}"), SOON, is).unwrap();
    let said = ip::ip(&cluster.node(1).netns, "link show dev eth0").unwrap();
    let shown = match (said.contains("prog/xdp"), said.contains("xdpgeneric")) {
        (false, _) => "off",
        (_, true) => "generic",
        _ => "native",
    };
    assert_eq!(shown, mode, "{said}");
}

/// Whether the other end of the node's wire takes frames that a driver sends.
fn takes_frames(cluster: &Cluster, takes: bool) {
    let to = if takes { "on" } else { "off" };
    ip::words(cluster.lab.switch(), "ethtool", &format!("-K port1 gro {to}")).unwrap();
}

#[test]
fn xdp_comes_with_the_first_port_in_the_best_mode_there_is_and_goes_with_the_last() {
    let cluster = Cluster::of(1);
    becomes(&cluster, "off");
    takes_frames(&cluster, false);
    cluster.publish(PORT, "", "shop");
    becomes(&cluster, "generic");
    assert!(cluster.status(1).xdp_reason.contains("gro on"), "it says what native needs");
    takes_frames(&cluster, true);
    becomes(&cluster, "native");
    assert_eq!(cluster.status(1).xdp_reason, "");
    takes_frames(&cluster, false);
    becomes(&cluster, "generic");
    cluster.cw(1, "service rm shop");
    becomes(&cluster, "off");
}
