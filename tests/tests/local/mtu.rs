//! Networks of different MTUs on one node: the host keeps to each.

use std::net::Ipv4Addr;

use super::cast::{Asker, Stage, address};

/// Bytes of IPv4 and ICMP in front of a ping's payload.
const HEADERS: u32 = 28;

/// Whether one ping of so many bytes is answered.
fn ping(asker: Asker<'_>, to: Ipv4Addr, mtu: u32, fragments: &str) -> bool {
    let size = mtu - HEADERS;
    asker.script(&format!("ping -c1 -W1 -M {fragments} -s {size} {to}")).0 == 0
}

#[test]
fn the_host_sends_each_network_packets_of_its_own_size() {
    let stage = Stage::new();
    let plain = address(&stage.run("plain", "", "exec sleep 900")).unwrap();
    let host = Asker::Host(&stage.node().netns);
    assert!(ping(host, plain, 1500, "do"), "before");
    // A later network may take larger packets than any before, and than the uplink does.
    for (name, mtu) in [("wide", 9000), ("narrow", 1280)] {
        let option = format!("-o com.docker.network.driver.mtu={mtu}");
        stage.node().cw(&format!("network create -d bridge {option} {name}")).unwrap();
        let inspected = stage.run(name, &format!("--network {name}"), "exec sleep 900");
        let addr = address(&inspected).unwrap();
        assert!(ping(host, addr, mtu, "do"), "host to {name}");
        assert!(!ping(host, addr, mtu + 1, "do"), "host to {name}, one byte too many");
        assert!(ping(host, addr, mtu + 1, "dont"), "host to {name}, in fragments");
        let gateway = super::cast::gateway(&inspected).unwrap();
        assert!(ping(Asker::Container(&stage, name), gateway, mtu, "do"), "{name} to host");
    }
    assert!(ping(host, plain, 1500, "do") && !ping(host, plain, 1501, "do"), "after");
}
