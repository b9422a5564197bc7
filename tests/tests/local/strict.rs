//! A host that checks the way back of every packet (rp_filter=1, RFC 3704) is no obstacle.

use super::cast::{Asker, Stage, address, gateway};

const PORT: u16 = 8000;
const ON_HOST: u16 = 8001;

/// Of an interface's filter and that of all the stricter counts, so `cw-host` has it, too.
#[test]
fn strict_reverse_path_filters_break_nothing() {
    let stage = Stage::new();
    for interface in ["all", "default", "eth0"] {
        let setting = format!("/proc/sys/net/ipv4/conf/{interface}/rp_filter");
        stage.node().netns.run(|| std::fs::write(setting, "1")).unwrap().unwrap();
    }
    stage.node().cw("network create -d bridge lan").unwrap();
    let ports = format!("--network lan -p 9000:{PORT} -p 9000:{PORT}/udp");
    let server = stage.run("server", &ports, &stage.servers(PORT));
    let (_on_node, _outside) =
        (stage.serve(&stage.node().netns, ON_HOST), stage.serve(&stage.lab.client().netns, ON_HOST));
    let (node, outside) = (stage.node().address(), stage.lab.client().address());
    let (to, gateway) = (address(&server).unwrap(), gateway(&server).unwrap());
    let host = Asker::Host(&stage.node().netns);
    let client = Asker::Host(&stage.lab.client().netns);
    let container = Asker::Container(&stage, "server");
    for (what, asker, to) in [
        ("host -> container", host, (to, PORT)),
        ("container -> host", container, (gateway, ON_HOST)),
        ("container -> outside", container, (outside, ON_HOST)),
        ("outside -> published", client, (node, 9000)),
        ("node -> published", host, (node, 9000)),
        ("hairpin", container, (node, 9000)),
    ] {
        assert!(asker.tcp(to.0, to.1), "{what} by TCP");
        assert!(asker.udp(to.0, to.1), "{what} by UDP");
    }
    assert!(host.icmp(to) && container.icmp(gateway) && container.icmp(outside), "ping");
}
