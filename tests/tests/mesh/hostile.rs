//! Packets that lie, that nobody asked for, or that come from whom nobody wants: none is delivered, each is
//! counted by its reason.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
};

use causeway_lab::{Netns, ip};
use causeway_tests::{paced::paced, raw::Wire, segment::Segment};
use etherparse::{IpHeaders, IpNumber, Ipv4Header, PacketBuilder, UdpHeader};

use super::{
    cast::{Cluster, Container, PORT, TARGET, moved},
    talk,
};

/// Packets of each kind.
const MANY: u64 = 100_000;
/// UDP port of VXLAN (RFC 7348).
const VXLAN: u16 = 4789;
/// The network between nodes by which ingress packets go.
const MESH: u32 = 4096;
/// Another port, which nobody publishes.
const CLOSED: u16 = 8081;

/// A service on two nodes, whose one container is on node 2 and only listens.
struct Scene {
    cluster: Cluster,
    container: Container,
    ear: UdpSocket,
}

impl Scene {
    fn set(options: &str) -> Self {
        let cluster = Cluster::of(2);
        cluster.publish(PORT, options, "shop");
        let container = cluster.container(2, "ear", "--service shop");
        let ear = ear(&container.netns, TARGET);
        Self { cluster, container, ear }
    }

    /// Does something; nobody hears it, and of the nodes' counters only this one of that node moves.
    fn is_dropped(&self, node: usize, reason: &str, count: u64, work: impl FnOnce()) {
        let before = [1, 2].map(|node| self.cluster.drops(node));
        let segments = counted(&self.container.netns, "Tcp", "InSegs");
        work();
        for (number, before) in (1..=2).zip(before) {
            let wanted = (number == node).then(|| (reason.to_owned(), count));
            let moved = moved(&before, &self.cluster.drops(number));
            assert_eq!(moved, BTreeMap::from_iter(wanted), "drops of node{number}");
        }
        self.is_silent();
        assert_eq!(counted(&self.container.netns, "Tcp", "InSegs"), segments);
    }

    /// Sends a frame to a node by each of [`MANY`] calls; all arrive.
    fn many(&self, node: usize, send: impl FnMut() + Send) {
        paced(&self.cluster.node(node).netns, "eth0", MANY, send).unwrap();
    }

    fn is_silent(&self) {
        let heard = self.ear.recv(&mut [0; 64]).unwrap_err();
        assert_eq!(heard.kind(), ErrorKind::WouldBlock, "something was delivered");
    }

    /// The outside says something to the service through a node, so that silence means something.
    fn is_heard(&self, node: usize) {
        talk::udp_to(self.cluster.outside(), self.cluster.at(node, PORT)).send(b"hear me").unwrap();
        let heard = || Ok(self.ear.recv(&mut [0; 64]).is_ok());
        causeway_lab::wait::until("it is heard", super::cast::SOON, heard).unwrap();
    }

    /// A wire of the outside, and a SYN from it to a port of a node.
    fn syn(&self, node: usize, port: u16) -> (Wire, Segment) {
        let wire = Wire::open(self.cluster.outside(), "eth0").unwrap();
        let mac = Wire::open(&self.cluster.node(node).netns, "eth0").unwrap().mac();
        let mut syn = Segment::syn(wire.mac(), mac);
        syn.from(SocketAddrV4::new(self.cluster.lab.client().address(), 999));
        syn.to(self.at(node, port));
        (wire, syn)
    }

    fn at(&self, node: usize, port: u16) -> SocketAddrV4 {
        self.cluster.at(node, port)
    }
}

fn ear(netns: &Netns, port: u16) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))).unwrap().unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

/// A counter of a namespace's own (`/proc/net/snmp`, RFC 1213).
pub(crate) fn counted(netns: &Netns, protocol: &str, counter: &str) -> u64 {
    let text = netns.run(|| fs::read_to_string("/proc/thread-self/net/snmp")).unwrap().unwrap();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(protocol)?.strip_prefix(": "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let mut fields = names.split(' ').zip(values.split(' '));
    fields.find(|(name, _)| *name == counter).unwrap().1.parse().unwrap()
}

/// The MAC of an address of the mesh.
fn mac(address: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = address.octets();
    [2, 0x42, a, b, c, d]
}

/// The port that clients of [`meshed`] have.
const CLIENT_PORT: u16 = 5000;

/// A VXLAN payload in the mesh's network: what a client says to a node, for this container.
fn meshed(client: Ipv4Addr, node: SocketAddrV4, container: Ipv4Addr) -> Vec<u8> {
    meshed_for(client, node, container, container)
}

/// The same, for the container that has the MAC of one address and is named by another.
fn meshed_for(client: Ipv4Addr, node: SocketAddrV4, container: Ipv4Addr, named: Ipv4Addr) -> Vec<u8> {
    let mut bytes = vec![0x08, 0, 0, 0];
    bytes.extend((MESH << 8).to_be_bytes());
    let builder = PacketBuilder::ethernet2(mac(named), mac(container))
        .ipv4(client.octets(), node.ip().octets(), 64)
        .udp(CLIENT_PORT, node.port());
    let mut frame = Vec::new();
    builder.write(&mut frame, b"a lie").unwrap();
    bytes.extend(frame);
    bytes
}

/// Sends a payload many times to the VXLAN port of node 2.
fn pour(scene: &Scene, from: &Netns, payload: &[u8]) {
    let socket = talk::udp(from);
    scene.many(2, || {
        socket.send_to(payload, scene.at(2, VXLAN)).unwrap();
    });
}

#[test]
fn a_strangers_mesh_packets_are_dropped() {
    let scene = Scene::set("");
    scene.is_heard(1);
    scene.is_heard(2);
    let client = scene.cluster.lab.client();
    let lie = meshed(client.address(), scene.at(1, PORT), scene.container.ip);
    scene.is_dropped(2, "unknown_vtep", MANY, || pour(&scene, &client.netns, &lie));
}

#[test]
fn a_nodes_mesh_packets_reach_published_ports_only() {
    let scene = Scene::set("");
    let client = scene.cluster.lab.client().address();
    let node1 = &scene.cluster.node(1).netns;
    let closed = meshed(client, scene.at(1, CLOSED), scene.container.ip);
    let before = scene.cluster.drops(2);
    pour(&scene, node1, &closed);
    scene.is_silent();
    let dropped = moved(&before, &scene.cluster.drops(2));
    assert_eq!(dropped.values().sum::<u64>(), MANY, "{dropped:?}");
}

#[test]
fn what_names_no_backend_ends_no_conversation() {
    let scene = Scene::set("");
    let (client, node1) = (scene.cluster.lab.client(), scene.at(1, PORT));
    let socket = client.netns.run(|| UdpSocket::bind((client.address(), CLIENT_PORT))).unwrap().unwrap();
    socket.set_read_timeout(Some(talk::PATIENCE)).unwrap();
    client.netns.run(|| socket.connect(node1)).unwrap().unwrap();
    socket.send(b"hear me").unwrap();
    let (mut heard, mut from) = ([0; 64], None);
    causeway_lab::wait::until("it is heard", super::cast::SOON, || {
        from = scene.ear.recv_from(&mut heard).ok();
        Ok(from.is_some())
    })
    .unwrap();
    let [a, b, c, d] = scene.container.ip.octets();
    // On the way one byte of the name was hit.
    let hit = meshed_for(client.address(), node1, scene.container.ip, Ipv4Addr::new(a, b, c ^ 0x40, d));
    let of_a_node = talk::udp(&scene.cluster.node(1).netns);
    scene.is_dropped(2, "no_backend", 1, || {
        of_a_node.send_to(&hit, scene.at(2, VXLAN)).unwrap();
        let dropped = || Ok(scene.cluster.drops(2).contains_key("no_backend"));
        causeway_lab::wait::until("it is dropped", super::cast::SOON, dropped).unwrap();
    });
    // The answer comes first: nothing of the client's brings the conversation back before.
    scene.ear.send_to(b"an answer", from.unwrap().1).unwrap();
    assert_eq!(socket.recv(&mut heard).unwrap(), b"an answer".len());
}

#[test]
fn sources_that_nobody_wants_are_refused() {
    let scene = Scene::set("--source 198.18.0.200/29 --source 203.0.113.0/24");
    let friend = Ipv4Addr::new(198, 18, 0, 201);
    let outside = scene.cluster.outside();
    ip::ip(outside, &format!("address add {friend}/24 dev eth0")).unwrap();
    for node in [1, 2] {
        let datagram = outside.run(|| UdpSocket::bind((friend, 0))).unwrap().unwrap();
        datagram.send_to(b"hear me", scene.at(node, PORT)).unwrap();
        let heard = || Ok(scene.ear.recv(&mut [0; 64]).is_ok());
        causeway_lab::wait::until("a friend is heard", super::cast::SOON, heard).unwrap();
        scene.is_dropped(node, "source_refused", MANY, || {
            let (wire, syn) = scene.syn(node, PORT);
            scene.many(node, || wire.send(syn.frame()).unwrap());
        });
        scene.is_dropped(node, "source_refused", MANY, || {
            let socket = talk::udp(outside);
            scene.many(node, || {
                socket.send_to(b"me too", scene.at(node, PORT)).unwrap();
            });
        });
    }
}

#[test]
fn fragments_to_a_published_port_are_refused_by_name() {
    let scene = Scene::set("");
    let wire = Wire::open(scene.cluster.outside(), "eth0").unwrap();
    let node = Wire::open(&scene.cluster.node(1).netns, "eth0").unwrap().mac();
    let [client, to] =
        [scene.cluster.lab.client(), scene.cluster.node(1)].map(|node| node.address().octets());
    let udp = UdpHeader { source_port: 5000, destination_port: PORT, length: 3000, checksum: 0 }.to_bytes();
    let mut ip = Ipv4Header::new(8 + 16, 64, IpNumber::UDP, client, to).unwrap();
    ip.more_fragments = true;
    let builder = PacketBuilder::ethernet2(wire.mac(), node).ip(IpHeaders::Ipv4(ip, Default::default()));
    let mut frame = Vec::new();
    builder.write(&mut frame, IpNumber::UDP, &[&udp[..], &[7; 16]].concat()).unwrap();
    scene.is_dropped(1, "fragment", MANY, || scene.many(1, || wire.send(&frame).unwrap()));
}

#[test]
fn ports_that_are_not_published_stay_the_hosts_own() {
    let scene = Scene::set("");
    for node in [1, 2] {
        let host = &scene.cluster.node(node).netns;
        let own = super::server::Server::start(host, "host", CLOSED);
        let to = scene.at(node, CLOSED);
        assert_eq!(talk::ask(scene.cluster.outside(), to).unwrap().server, "host");
        assert_eq!(talk::send(scene.cluster.outside(), to).unwrap().server, "host");
        drop(own);
        let before = scene.cluster.drops(node);
        let (unheard, resets) = (counted(host, "Udp", "NoPorts"), counted(host, "Tcp", "OutRsts"));
        let socket = talk::udp(scene.cluster.outside());
        scene.many(node, || {
            socket.send_to(b"anybody?", to).unwrap();
        });
        let (wire, syn) = scene.syn(node, CLOSED + 1);
        scene.many(node, || wire.send(syn.frame()).unwrap());
        assert_eq!(counted(host, "Udp", "NoPorts") - unheard, MANY, "node{node}");
        assert_eq!(counted(host, "Tcp", "OutRsts") - resets, MANY, "node{node}");
        assert_eq!(moved(&before, &scene.cluster.drops(node)), BTreeMap::new());
    }
    scene.is_silent();
}
