//! The lab itself, without daemons: cables, names, and that nothing is left of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use causeway_lab::{Lab, layout};

fn lab(nodes: u8, mtu: u32) -> Lab {
    Lab::builder().nodes(nodes).mtu(mtu).daemons(false).bins("/nowhere".into()).start().unwrap()
}

#[test]
fn every_node_reaches_the_others_the_client_and_the_switch() {
    let lab = lab(3, 1500);
    for last in [2, 3, layout::CLIENT, layout::SWITCH] {
        lab.node(1).sh(&format!("ping -c1 -W2 {}", layout::address(last))).unwrap();
    }
}

#[test]
fn the_underlay_carries_what_its_mtu_promises_and_no_more() {
    let lab = lab(2, 9000);
    lab.node(1).sh("ping -c1 -W2 -M do -s 8972 198.18.0.2").unwrap();
    assert!(lab.node(1).sh("ping -c1 -W1 -M do -s 8973 198.18.0.2").is_err());
}

#[test]
fn the_switch_s_ports_have_gro_on() {
    let lab = lab(1, 1500);
    let features = causeway_lab::ip::words(lab.switch(), "ethtool", "-k port1").unwrap();
    assert!(features.contains("generic-receive-offload: on"), "{features}");
}

#[test]
fn a_name_that_is_taken_is_refused_and_what_has_it_stays() {
    let lab = lab(1, 1500);
    let prefix = lab.layout().prefix.clone();
    let second = Lab::builder().prefix(&prefix).daemons(false).bins("/nowhere".into()).start();
    assert!(second.unwrap_err().to_string().contains("exists"));
    lab.node(1).sh("ping -c1 -W2 198.18.0.254").unwrap();
}

#[test]
fn dropping_a_lab_removes_its_namespaces_and_directories() {
    let lab = lab(2, 1500);
    let layout = lab.layout().clone();
    assert!(layout.root.exists());
    drop(lab);
    assert!(!layout.root.exists());
    for name in layout.namespaces() {
        assert!(!std::path::Path::new("/run/netns").join(&name).exists(), "{name}");
    }
}

#[test]
fn a_lab_that_was_kept_is_found_again_and_removed() {
    let lab = lab(1, 1500);
    let layout = lab.layout().clone();
    lab.keep();
    let again = Lab::find(layout.clone());
    again.node(1).sh("ping -c1 -W2 198.18.0.254").unwrap();
    drop(again);
    assert!(causeway_lab::Netns::open(&layout.node_netns(1)).is_err());
}
