//! Packets that lie, or that nobody asked for: none is delivered, each is counted by its reason.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
};

use causeway_lab::{Netns, ip};
use causeway_tests::{raw::Wire, segment::Segment};
use etherparse::{ArpHardwareId, ArpOperation, ArpPacket, EtherType, PacketBuilder};

use super::{
    cast::{Stage, address, gateway},
    figures::{counted, drops_since},
};

/// Packets of each kind.
const MANY: u64 = 100_000;
/// Where the victim listens.
pub(super) const EAR: u16 = 7000;

/// A container that lies, one that listens, and an outside that listens, too.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) liar: Wire,
    pub(super) own: Ipv4Addr,
    pub(super) victim: Ipv4Addr,
    pub(super) gateway: Ipv4Addr,
    /// Packets of each kind.
    pub(super) many: u64,
    ears: [UdpSocket; 2],
}

impl Scene {
    fn set() -> Self {
        Self::of(MANY)
    }

    /// With so many packets of each kind.
    pub(super) fn of(many: u64) -> Self {
        let stage = Stage::new();
        stage.node().cw("network create -d bridge lan").unwrap();
        let liar = stage.run("liar", "--network lan", "exec sleep 900");
        let published = "-p 127.0.0.1:8080:7000 -p 127.0.0.1:8080:7000/udp";
        let victim = stage.run("victim", &format!("--network lan {published}"), "exec sleep 900");
        let ears = [&stage.netns("victim"), &stage.lab.client().netns].map(ear);
        let [own, victim] = [&liar, &victim].map(|container| address(container).unwrap());
        let wire = Wire::open(&stage.netns("liar"), "eth0").unwrap();
        Self { liar: wire, own, victim, gateway: gateway(&liar).unwrap(), many, ears, stage }
    }

    /// Sends one frame many times; nobody hears it, and all are counted under a name.
    pub(super) fn is_dropped(&self, frame: &[u8], reason: &str) {
        let before = self.stage.drops();
        for _ in 0..self.many {
            self.liar.send(frame).unwrap();
        }
        let moved = drops_since(&before, &self.stage.drops());
        assert_eq!(moved, BTreeMap::from([(reason.to_owned(), self.many)]));
        self.is_silent();
    }

    pub(super) fn is_silent(&self) {
        for ear in &self.ears {
            let heard = ear.recv(&mut [0; 64]).unwrap_err();
            assert_eq!(heard.kind(), ErrorKind::WouldBlock, "something was delivered");
        }
    }

    /// The Ethernet header of what the liar sends to an address: its next hop is the victim or the gateway.
    pub(super) fn ethernet(&self, to: Ipv4Addr) -> Vec<u8> {
        let next = if to == self.victim { to } else { self.gateway };
        [&Self::mac(next)[..], &Self::mac(self.own), &[0x08, 0x00]].concat()
    }

    /// The MAC of an address of the network.
    fn mac(addr: Ipv4Addr) -> [u8; 6] {
        let [a, b, c, d] = addr.octets();
        [2, 0x42, a, b, c, d]
    }

    /// What the liar would send if it did not lie, to the victim or beyond the gateway.
    fn datagram(&self, to: Ipv4Addr) -> Datagram {
        let next = if to == self.victim { to } else { self.gateway };
        Datagram { macs: [Self::mac(self.own), Self::mac(next)], addrs: [self.own, to] }
    }
}

/// A datagram for the ear of somebody.
struct Datagram {
    macs: [[u8; 6]; 2],
    addrs: [Ipv4Addr; 2],
}

impl Datagram {
    fn frame(&self) -> Vec<u8> {
        let ([from_mac, to_mac], [from, to]) = (self.macs, self.addrs.map(|addr| addr.octets()));
        let builder = PacketBuilder::ethernet2(from_mac, to_mac).ipv4(from, to, 64).udp(EAR, EAR);
        let mut frame = Vec::new();
        builder.write(&mut frame, b"a lie").unwrap();
        frame
    }
}

fn ear(netns: &Netns) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, EAR))).unwrap().unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

#[test]
fn a_container_speaks_in_its_own_name_only() {
    let scene = Scene::set();
    let outside = scene.stage.lab.client().address();
    for to in [scene.victim, outside] {
        let honest = scene.datagram(to);
        scene.liar.send(&honest.frame()).unwrap();
        let ear = &scene.ears[usize::from(to == outside)];
        ear.set_nonblocking(false).unwrap();
        assert_eq!(ear.recv(&mut [0; 64]).unwrap(), 5, "so that silence means something");
        ear.set_nonblocking(true).unwrap();
        let [_, next] = honest.macs;
        let as_gateway = Datagram { addrs: [scene.gateway, to], ..honest };
        scene.is_dropped(&as_gateway.frame(), "spoofed_ip");
        let as_outside = Datagram { addrs: [outside, to], ..as_gateway };
        scene.is_dropped(&as_outside.frame(), "spoofed_ip");
        let other_mac = Datagram { macs: [Scene::mac(scene.victim), next], addrs: [scene.own, to] };
        scene.is_dropped(&other_mac.frame(), "spoofed_mac");
    }
}

#[test]
fn a_container_claims_no_address_but_its_own() {
    let scene = Scene::set();
    let own = Scene::mac(scene.own);
    for (claimed, operation, reason) in [
        (scene.gateway, ArpOperation::REQUEST, "spoofed_arp"),
        (scene.victim, ArpOperation::REQUEST, "spoofed_arp"),
        (scene.gateway, ArpOperation::REPLY, "arp_not_request"),
    ] {
        let arp = ArpPacket::new(
            ArpHardwareId::ETHERNET,
            EtherType::IPV4,
            operation,
            &own,
            &claimed.octets(),
            &[0; 6],
            &scene.victim.octets(),
        );
        let mut frame = Vec::new();
        PacketBuilder::ethernet2(own, [0xff; 6]).arp(arp.unwrap()).write(&mut frame).unwrap();
        scene.is_dropped(&frame, reason);
    }
    let victim = scene.stage.netns("victim");
    let known = ip::words(&victim, "ip", "neigh show").unwrap();
    let lie = own.map(|byte| format!("{byte:02x}")).join(":");
    assert!(
        !known.lines().any(|line| line.contains(&lie) && !line.contains(&scene.own.to_string())),
        "{known}"
    );
}

/// Packets from outside to an address of the node and a port that is not published there: the host's own,
/// and refused by it.
fn is_the_hosts_to_refuse(scene: &Scene, to: (Ipv4Addr, u16)) {
    let (node, client) = (&scene.stage.node().netns, &scene.stage.lab.client().netns);
    let (before, unheard) = (scene.stage.drops(), counted(node, "Udp", "NoPorts"));
    let socket = client.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap().unwrap();
    for _ in 0..MANY {
        socket.send_to(b"anybody?", to).unwrap();
    }
    assert_eq!(counted(node, "Udp", "NoPorts") - unheard, MANY, "{to:?} by UDP");
    let resets = counted(node, "Tcp", "OutRsts");
    let wire = Wire::open(client, "eth0").unwrap();
    let mut syn = Segment::syn(wire.mac(), Wire::open(node, "eth0").unwrap().mac());
    syn.from(SocketAddrV4::new(scene.stage.lab.client().address(), 999));
    syn.to(SocketAddrV4::new(to.0, to.1));
    for _ in 0..MANY {
        wire.send(syn.frame()).unwrap();
    }
    assert_eq!(counted(node, "Tcp", "OutRsts") - resets, MANY, "{to:?} by TCP");
    assert_eq!(drops_since(&before, &scene.stage.drops()), BTreeMap::new());
    scene.is_silent();
}

#[test]
fn what_is_published_on_loopback_or_not_at_all_is_refused_to_the_outside() {
    let scene = Scene::set();
    let node = scene.stage.node().address();
    let victim = scene.stage.netns("victim");
    let segments = counted(&victim, "Tcp", "InSegs");
    is_the_hosts_to_refuse(&scene, (node, 8080));
    is_the_hosts_to_refuse(&scene, (node, EAR));
    assert_eq!(counted(&victim, "Tcp", "InSegs"), segments, "no segment reached the container");
}

#[test]
fn loopback_and_containers_are_no_addresses_for_the_wire() {
    let scene = Scene::set();
    let (node, client) = (&scene.stage.node().netns, &scene.stage.lab.client().netns);
    let wire = Wire::open(client, "eth0").unwrap();
    let macs = [wire.mac(), Wire::open(node, "eth0").unwrap().mac()];
    let from = scene.stage.lab.client().address();
    let send_to = |to| {
        let frame = Datagram { macs, addrs: [from, to] }.frame();
        (0..MANY).for_each(|_| wire.send(&frame).unwrap());
        scene.is_silent();
    };
    let kernels = [
        (Ipv4Addr::LOCALHOST, martians as fn(&Netns) -> u64),
        (scene.victim, |node| counted(node, "Ip", "InAddrErrors")),
    ];
    for (to, count) in kernels {
        let (before, refused) = (scene.stage.drops(), count(node));
        send_to(to);
        assert!(count(node) - refused >= MANY, "the host refuses {to}");
        assert_eq!(drops_since(&before, &scene.stage.drops()), BTreeMap::new());
    }
    // A host that forwards, as many do.
    ip::words(node, "sysctl", "-q -w net.ipv4.ip_forward=1").unwrap();
    let before = scene.stage.drops();
    send_to(scene.victim);
    let moved = drops_since(&before, &scene.stage.drops());
    assert_eq!(moved, BTreeMap::from([("isolated".to_owned(), MANY)]));
}

/// Packets from a wire to addresses that never are on one, which the kernel has dropped; it counts those
/// of all namespaces together.
fn martians(netns: &Netns) -> u64 {
    let text = netns.run(|| std::fs::read_to_string("/proc/thread-self/net/stat/rt_cache")).unwrap().unwrap();
    let mut lines = text.lines();
    let column = lines.next().unwrap().split_whitespace().position(|name| name == "in_martian_dst");
    let of_cpu = |line: &str| u64::from_str_radix(line.split_whitespace().nth(column?)?, 16).ok();
    lines.filter_map(of_cpu).sum()
}
