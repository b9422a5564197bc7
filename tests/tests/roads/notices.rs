//! What senders hear of packets that cannot go on, and what their kernels make of it.

use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, TcpListener, TcpStream},
};

use causeway_lab::{Netns, ip};

use crate::{
    scene::{B, NODE, OUTSIDE, Scene, addr},
    talk::{connect, echo_much, serve},
};

/// Connects by packets that take one hop.
fn connect_near(from: &Netns, to: (Ipv4Addr, u16)) -> io::Result<()> {
    // The library sets no hops before it connects: the namespace's default is asked.
    let set = |hops: u8| ip::words(from, "sysctl", &format!("-q -w net.ipv4.ip_default_ttl={hops}")).unwrap();
    set(1);
    let connected = from.run(|| TcpStream::connect(to).map(drop)).unwrap();
    set(64);
    connected
}

#[test]
fn a_route_is_traced_from_a_container() {
    let scene = Scene::set("trace");
    let there = addr(OUTSIDE);
    for way in ["", "-I"] {
        let said =
            ip::words(&scene.a, "busybox", &format!("traceroute {way} -n -q 1 -w 2 -m 3 {there}")).unwrap();
        let hops: Vec<&str> =
            said.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(hops, ["10.9.0.1", "198.51.100.100"], "{said}");
    }
    assert_eq!(scene.count("ttl_expired_told"), 2);
}

#[test]
fn who_is_one_hop_too_far_hears_of_it() {
    let mut scene = Scene::set("far");
    scene.publish([0; 4], 8080, 6, (B, 80));
    let _inside = scene.b.run(|| TcpListener::bind("0.0.0.0:80").unwrap()).unwrap();
    let _outside = scene.outside.run(|| TcpListener::bind("0.0.0.0:80").unwrap()).unwrap();
    for (from, to) in [(&scene.outside, (NODE, 8080)), (&scene.a, (OUTSIDE, 80)), (&scene.a, (NODE, 8080))] {
        let refused = connect_near(from, (addr(to.0), to.1)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::HostUnreachable, "{to:?}");
    }
}

#[test]
fn a_client_keeps_to_the_mtu_of_a_containers_network() {
    let mut scene = Scene::set("client");
    scene.publish([0; 4], 8080, 6, (B, 80));
    scene.narrow_b(1280);
    let server = serve(&scene.b, 80);
    echo_much(connect(&scene.outside, (addr(NODE), 8080)).unwrap());
    server.join().unwrap();
    assert!(scene.count("too_big_told") > 0);
    let route = ip::words(&scene.outside, "ip", &format!("route get {}", addr(NODE))).unwrap();
    assert!(route.contains("mtu 1280"), "{route}");
}

#[test]
fn a_datagram_that_may_be_fragmented_reaches_a_narrow_network_whole() {
    let mut scene = Scene::set("whole");
    scene.publish([0; 4], 8053, 17, (B, 53));
    scene.narrow_b(1280);
    let server = crate::talk::serve_udp(&scene.b, 53, 1);
    // Path MTU discovery off: the client's datagrams may be fragmented.
    ip::words(&scene.outside, "sysctl", "-q -w net.ipv4.ip_no_pmtu_disc=1").unwrap();
    let client = crate::talk::connect_udp(&scene.outside, (addr(NODE), 8053));
    client.send(&[7; 1400]).unwrap();
    let mut back = [0; 2048];
    let received = client.recv(&mut back).unwrap();
    assert_eq!(&back[..received], [7; 1400]);
    server.join().unwrap();
}
