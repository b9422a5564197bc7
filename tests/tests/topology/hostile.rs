//! Packets that lie: none is delivered, each is counted by its reason.

use std::{io::ErrorKind, net::Ipv4Addr, net::UdpSocket};

use causeway_lab::Netns;

use super::{
    cast::{Cluster, Container, send, udp},
    frames,
};

/// Packets of each kind.
const MANY: u64 = 100_000;
const VXLAN: u16 = 4789;

/// Two containers `a` (node 1) and `b` (node 2) of network `web`, and a listener of `b` that shall hear nothing.
struct Scene {
    cluster: Cluster,
    a: Container,
    b: Container,
    ear: UdpSocket,
}

impl Scene {
    fn set() -> Self {
        let cluster = Cluster::of(2);
        cluster.network("web", &["10.77.0.0/24"]);
        let a = cluster.container_with(1, "a", "--network web --ip 10.77.0.10");
        let b = cluster.container_with(2, "b", "--network web --ip 10.77.0.20");
        let ear = b.udp(7000);
        ear.set_nonblocking(true).unwrap();
        Self { cluster, a, b, ear }
    }

    /// Sends `payload` from a namespace's address to node 2's VXLAN port, many times.
    fn flood(&self, netns: &Netns, address: Ipv4Addr, payload: &[u8]) {
        let socket = udp(netns, (address, 0));
        let node = self.cluster.node(2).address();
        send(&socket, MANY, payload, (node, VXLAN));
    }

    fn assert_silence(&self) {
        let heard = self.ear.recv(&mut [0; 64]);
        assert_eq!(heard.unwrap_err().kind(), ErrorKind::WouldBlock, "a packet that lies was delivered");
    }
}

#[test]
fn a_frame_that_is_what_it_says_is_delivered() {
    // So that the silence in the other tests means something.
    let scene = Scene::set();
    let frame = frames::vxlan(scene.cluster.vni("web"), &frames::udp_frame(scene.a.ip, scene.b.ip));
    let node = scene.cluster.node(1);
    udp(&node.netns, (node.address(), 0)).send_to(&frame, (scene.cluster.node(2).address(), VXLAN)).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    scene.ear.recv(&mut [0; 64]).unwrap();
}

#[test]
fn a_stranger_s_vxlan_is_dropped() {
    let scene = Scene::set();
    let before = scene.cluster.drops(2);
    let frame = frames::vxlan(scene.cluster.vni("web"), &frames::udp_frame(scene.a.ip, scene.b.ip));
    let client = scene.cluster.lab.client();
    scene.flood(&client.netns, client.address(), &frame);
    scene.assert_silence();
    scene.cluster.assert_drops(2, &before, &[("unknown_vtep", MANY)]);
}

#[test]
fn vxlan_for_a_foreign_vni_is_dropped() {
    let scene = Scene::set();
    let before = scene.cluster.drops(2);
    let frame = frames::vxlan(scene.cluster.vni("web") + 1, &frames::udp_frame(scene.a.ip, scene.b.ip));
    let node = scene.cluster.node(1);
    scene.flood(&node.netns, node.address(), &frame);
    scene.assert_silence();
    scene.cluster.assert_drops(2, &before, &[("unknown_vni", MANY)]);
}

#[test]
fn a_container_s_own_vxlan_does_not_pass_for_its_node_s() {
    let scene = Scene::set();
    scene.cluster.network("apart", &["10.78.0.0/24"]);
    let stranger = scene.cluster.container(1, "apart", "stranger");
    let before = (scene.cluster.drops(1), scene.cluster.drops(2));
    // Masqueraded it would come from a VTEP: into a network that the sender is not in.
    let frame = frames::vxlan(scene.cluster.vni("web"), &frames::udp_frame(scene.a.ip, scene.b.ip));
    send(&stranger.udp(0), MANY, &frame, (scene.cluster.node(2).address(), VXLAN));
    scene.assert_silence();
    scene.cluster.assert_drops(1, &before.0, &[("vxlan_by_container", MANY)]);
    scene.cluster.assert_drops(2, &before.1, &[]);
}

#[test]
fn vxlan_under_the_vni_of_another_subnet_is_dropped() {
    let scene = Scene::set();
    scene.cluster.network("wide", &["10.78.0.0/24", "10.79.0.0/24"]);
    let c = scene.cluster.container_with(2, "c", "--network wide --ip 10.79.0.20");
    let before = scene.cluster.drops(2);
    // The VNI of the first subnet; the container is in the second.
    let frame = frames::vxlan(scene.cluster.vni("wide"), &frames::udp_frame(scene.a.ip, c.ip));
    let node = scene.cluster.node(1);
    scene.flood(&node.netns, node.address(), &frame);
    scene.cluster.assert_drops(2, &before, &[("foreign_vni", MANY)]);
}

#[test]
fn vxlan_for_another_mac_than_the_container_s_is_dropped() {
    let scene = Scene::set();
    let before = scene.cluster.drops(2);
    let mut frame = frames::udp_frame(scene.a.ip, scene.b.ip);
    frame[5] ^= 1;
    let frame = frames::vxlan(scene.cluster.vni("web"), &frame);
    let node = scene.cluster.node(1);
    scene.flood(&node.netns, node.address(), &frame);
    scene.cluster.assert_drops(2, &before, &[("wrong_mac", MANY)]);
}

#[test]
fn vxlan_for_a_container_of_another_node_is_dropped() {
    let scene = Scene::set();
    let before = scene.cluster.drops(2);
    let frame = frames::vxlan(scene.cluster.vni("web"), &frames::udp_frame(scene.b.ip, scene.a.ip));
    let node = scene.cluster.node(1);
    scene.flood(&node.netns, node.address(), &frame);
    scene.cluster.assert_drops(2, &before, &[("not_ours", MANY)]);
}

#[test]
fn a_container_that_uses_another_address_is_not_heard() {
    let scene = Scene::set();
    scene.a.run("ip address add 10.77.0.66/24 dev eth0");
    // Its own address asks for the neighbour; then the other one speaks.
    assert!(scene.a.pings(scene.b.ip));
    let before = scene.cluster.drops(1);
    let socket = udp(&scene.a.netns, (Ipv4Addr::new(10, 77, 0, 66), 0));
    send(&socket, MANY, b"x", (scene.b.ip, 7000));
    scene.assert_silence();
    scene.cluster.assert_drops(1, &before, &[("spoofed_ip", MANY)]);
}

#[test]
fn a_container_that_uses_another_mac_is_not_heard() {
    let scene = Scene::set();
    scene.a.run("ip link set eth0 address 02:42:0a:4d:00:14");
    scene.a.run(&format!("ip neigh replace {} lladdr {} dev eth0 nud permanent", scene.b.ip, scene.b.mac));
    let before = scene.cluster.drops(1);
    let socket = scene.a.udp(0);
    send(&socket, MANY, b"x", (scene.b.ip, 7000));
    scene.assert_silence();
    scene.cluster.assert_drops(1, &before, &[("spoofed_mac", MANY)]);
}

#[test]
fn a_container_cannot_claim_another_s_address_by_arp() {
    let scene = Scene::set();
    scene.a.run("ip address add 10.77.0.20/32 dev eth0");
    let before = scene.cluster.drops(1);
    // A request in the other's name, and an unasked-for answer.
    scene.a.try_run("busybox arping -U -c 3 -w 3 -I eth0 -s 10.77.0.20 10.77.0.20");
    let moved = super::cast::moved(&before, &scene.cluster.drops(1));
    assert!(moved.get("spoofed_arp").is_some_and(|count| *count >= 3), "{moved:?}");
    scene.a.try_run("busybox arping -A -c 3 -w 3 -I eth0 -s 10.77.0.20 10.77.0.20");
    let moved = super::cast::moved(&before, &scene.cluster.drops(1));
    let counted: u64 = ["spoofed_arp", "arp_not_request"].iter().filter_map(|name| moved.get(*name)).sum();
    assert!(counted >= 6, "{moved:?}");
    // Whoever asks still learns the truth.
    let near = scene.cluster.container(1, "web", "near");
    assert!(near.pings(scene.b.ip));
    assert!(near.run("ip neigh show").contains(&scene.b.mac));
}
