//! Published ports: who may have them, who sees whom, what a range costs.

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    time::{Duration, Instant},
};

use super::cast::{Asker, Stage};

#[test]
fn the_clients_address_arrives_unchanged() {
    let stage = Stage::new();
    let serve = "exec socat TCP4-LISTEN:80,fork SYSTEM:'echo from $SOCAT_PEERADDR'";
    stage.run("server", "-p 8080:80", serve);
    let (node, client) = (stage.node().address(), stage.lab.client().address());
    let ask = format!("socat -T2 - TCP4:{node}:8080,connect-timeout=2");
    let (_, said) = Asker::Host(&stage.lab.client().netns).script(&ask);
    assert_eq!(said.trim(), format!("from {client}"));
}

#[test]
fn what_is_published_on_loopback_is_the_hosts_alone() {
    let stage = Stage::new();
    stage.run("server", "-p 127.0.0.1:8080:80 -p 127.0.0.1:8080:80/udp", &stage.servers(80));
    let host = Asker::Host(&stage.node().netns);
    assert!(host.tcp(Ipv4Addr::LOCALHOST, 8080) && host.udp(Ipv4Addr::LOCALHOST, 8080));
    let (out, node) = (Asker::Host(&stage.lab.client().netns), stage.node().address());
    assert!(!out.tcp(node, 8080) && !out.udp(node, 8080));
    // By a wire that says so, either.
    let client = stage.lab.client();
    client.sh(&format!("ip route add 127.9.9.0/24 via {node}")).unwrap();
    assert!(!out.tcp(Ipv4Addr::new(127, 9, 9, 9), 8080));
}

#[test]
fn a_port_has_one_holder() {
    let stage = Stage::new();
    stage.run("first", "-p 8080:80", "exec sleep 900");
    let said = stage.refused("run -d --name second -p 8080:80 -- sleep 900");
    assert!(said.contains("8080") && said.contains("first"), "{said}");
    assert_eq!(stage.refused("inspect second").lines().count(), 1, "nothing is left of it");

    let node = &stage.node().netns;
    let held = node.run(|| TcpListener::bind("0.0.0.0:8081")).unwrap().unwrap();
    let said = stage.refused("run -d --name third -p 8081:80 -- sleep 900");
    assert!(said.contains("8081") && said.contains("process"), "{said}");
    drop(held);
    stage.run("third", "-p 8081:80", "exec sleep 900");

    for addr in ["0.0.0.0:8080", "127.0.0.1:8080", "[::]:8080"] {
        let refused = node.run(|| TcpListener::bind(addr)).unwrap().unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse, "{addr}");
    }
    node.run(|| UdpSocket::bind("0.0.0.0:8080")).unwrap().unwrap();
    stage.node().cw("rm -f first").unwrap();
    node.run(|| TcpListener::bind("0.0.0.0:8080")).unwrap().unwrap();
}

/// How long the same container takes to be made with one port, and with many.
fn time_of(stage: &Stage, name: &str, ports: &str) -> Duration {
    let begun = Instant::now();
    stage.node().cw(&format!("run -d --name {name} {ports} -- sleep 900")).unwrap();
    begun.elapsed()
}

#[test]
fn ten_thousand_ports_are_published_in_a_moment() {
    let stage = Stage::new();
    // The fastest of some: what others do on the machine meanwhile costs more than the ports.
    let fastest = |ports: &str| {
        let times = (0..5).map(|_| {
            let time = time_of(&stage, "one", ports);
            stage.node().cw("rm -f one").unwrap();
            time
        });
        times.min().unwrap()
    };
    let one = fastest("-p 9001:9001/udp");
    let many = fastest("-p 10000-20000:10000-20000/udp");
    println!("one port: {one:?}; 10,001 ports: {many:?}");
    assert!(many < one + Duration::from_millis(100), "one port: {one:?}, 10,001 ports: {many:?}");
    let serve = "exec socat UDP4-RECVFROM:20100,fork EXEC:cat";
    stage.run("server", "-p 20001-20100:20001-20100/udp", serve);
    let own = Asker::Container(&stage, "server");
    let serves = || Ok(own.udp(Ipv4Addr::LOCALHOST, 20_100));
    causeway_lab::wait::until("it serves", Duration::from_secs(5), serves).unwrap();
    assert!(Asker::Host(&stage.lab.client().netns).udp(stage.node().address(), 20_100));
}
