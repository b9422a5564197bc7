//! Floods: what nobody answers, or nobody asked for, costs no conversation and no memory.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddrV4},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use causeway_common::limits::FLOWS;
use causeway_lab::ip;
use causeway_tests::{
    crowd::{self, Crowd, Server},
    raw::Wire,
    segment::Segment,
};

use super::{
    cast::{Stage, address, gateway},
    figures::{counted, drops_since, map_bytes, resident},
};

/// Conversations in each direction: by TCP, which has a socket at each end, and by UDP.
const TCP: usize = 3_750;
const UDP: usize = 1_250;
/// All of them.
const TALKING: usize = 2 * (TCP + UDP);
/// SYNs of a flood: ten for each flow that fits (each takes two entries).
const SYNS: u32 = 10 * FLOWS / 2;
/// What of ten thousand conversations may be lost.
const MAY_BE_LOST: usize = 1;
/// Bytes that the daemon may grow by: once the tables' content, which it reads now and then.
const MAY_GROW: u64 = 32 << 20;

/// Where floods come from and go to: nobody's addresses (RFC 6598), one and a port for each SYN.
fn nobody(number: u32) -> SocketAddrV4 {
    let [_, _, c, d] = number.to_be_bytes();
    SocketAddrV4::new(Ipv4Addr::new(100, 64, c, d), 2000 + u16::try_from(number >> 16).unwrap())
}

/// Ten thousand conversations: one half from a container to the outside, the other from there to a
/// published port.
struct Talk([Crowd; 2]);

impl Talk {
    fn begin(stage: &Stage) -> Self {
        crowd::allow_files(4 * TCP as u64 + 2 * UDP as u64 + 500).unwrap();
        let (node, client) = (stage.node().address(), stage.lab.client());
        let talker = stage.netns("talker");
        let outside = Server::listen(&client.netns, 7000, (client.address(), 7000)).unwrap();
        let published = Server::listen(&talker, 7001, (node, 8001)).unwrap();
        let ways = [(&talker, &outside), (&client.netns, &published)];
        Self(ways.map(|(from, server)| Crowd::open(from, server, TCP, UDP).unwrap()))
    }

    /// How many answered, of all.
    fn round(&mut self) -> usize {
        self.0.iter_mut().map(Crowd::talk).sum()
    }

    /// Talks while something goes on, and once afterwards; the fewest that answered in any round.
    fn during(&mut self, work: impl FnOnce() + Send) -> usize {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                work();
                over.store(true, Ordering::Release);
            });
            let mut fewest = self.round();
            while !over.load(Ordering::Acquire) {
                fewest = fewest.min(self.round());
            }
            fewest.min(self.round())
        })
    }
}

/// What could grow: the flow tables and the daemon.
fn memory(stage: &Stage) -> (u64, u64) {
    let maps = ["FLOWS_V4", "FLOWS_NEW_V4"].map(|map| map_bytes(stage, map));
    (maps.iter().sum(), resident(stage))
}

/// Packets for others that the switch got and, being no router, dropped.
fn strays(stage: &Stage) -> u64 {
    counted(stage.lab.switch(), "Ip", "InAddrErrors")
}

fn flood(wire: &Wire, mut syn: Segment, mut each: impl FnMut(&mut Segment, SocketAddrV4)) {
    for number in 0..SYNS {
        each(&mut syn, nobody(number));
        wire.send(syn.frame()).unwrap();
    }
}

fn stage() -> Stage {
    let stage = Stage::new();
    stage.run("talker", "-p 8001-8003:7001-7003 -p 8001-8003:7001-7003/udp", "exec sleep 900");
    ip::words(stage.lab.switch(), "sysctl", "-q -w net.ipv4.ip_forward=0").unwrap();
    stage
}

fn assert_nothing_grew(before: (u64, u64), after: (u64, u64)) {
    assert_eq!(after.0, before.0, "the flow tables have a size of their own");
    let grown = after.1.saturating_sub(before.1);
    println!("the daemon grew by {} KiB of {} KiB", grown >> 10, before.1 >> 10);
    assert!(grown < MAY_GROW, "the daemon grew by {grown} bytes");
}

/// What floods must leave as it was.
struct Before {
    memory: (u64, u64),
    drops: BTreeMap<String, u64>,
    strays: u64,
}

impl Before {
    fn take(stage: &Stage) -> Self {
        Self { memory: memory(stage), drops: stage.drops(), strays: strays(stage) }
    }

    /// Every packet of a flood is accounted for, every conversation but the ten thousandth answered.
    fn check(&self, stage: &Stage, answered: usize) {
        println!("{answered} of {} conversations answered in each round", TALKING);
        assert!(answered + MAY_BE_LOST >= TALKING, "{answered} of {} conversations", TALKING);
        assert_eq!(drops_since(&self.drops, &stage.drops()), BTreeMap::new(), "nothing was dropped");
        assert_nothing_grew(self.memory, memory(stage));
    }
}

/// The MAC of a gateway.
fn mac_of(gateway: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = gateway.octets();
    [2, 0x42, a, b, c, d]
}

/// A table that a flood has been through takes whoever comes next.
fn newcomers_are_welcome(stage: &Stage) {
    let (node, client) = (stage.node().address(), stage.lab.client());
    let talker = stage.netns("talker");
    let outside = Server::listen(&client.netns, 7003, (client.address(), 7003)).unwrap();
    let published = Server::listen(&talker, 7003, (node, 8003)).unwrap();
    for (from, server) in [(&talker, &outside), (&client.netns, &published)] {
        assert_eq!(Crowd::open(from, server, 100, 100).unwrap().talk(), 200);
    }
}

#[test]
fn ten_thousand_conversations_survive_a_flood_from_a_container() {
    let stage = stage();
    let inspected = stage.run("flooder", "", "exec sleep 900");
    let wire = Wire::open(&stage.netns("flooder"), "eth0").unwrap();
    let mut syn = Segment::syn(wire.mac(), mac_of(gateway(&inspected).unwrap()));
    syn.from(SocketAddrV4::new(address(&inspected).unwrap(), 5000));
    let mut talk = Talk::begin(&stage);
    let before = Before::take(&stage);
    let answered = talk.during(|| flood(&wire, syn, Segment::to));
    before.check(&stage, answered);
    assert_eq!(strays(&stage) - before.strays, u64::from(SYNS), "every SYN left the node");
}

#[test]
fn ten_thousand_conversations_survive_a_flood_of_a_published_port() {
    let stage = stage();
    stage.run("sink", "-p 8010:7010", "exec sleep 900");
    let sink = stage.netns("sink");
    // It answers each SYN, by cookies when its backlog is full, and says so once only.
    ip::words(&sink, "sysctl", "-q -w net.ipv4.tcp_synack_retries=0").unwrap();
    let listener = sink.run(|| std::net::TcpListener::bind("0.0.0.0:7010").unwrap()).unwrap();
    let client = stage.lab.client();
    let wire = Wire::open(&client.netns, "eth0").unwrap();
    let node = Wire::open(&stage.node().netns, "eth0").unwrap();
    let mut syn = Segment::syn(wire.mac(), node.mac());
    syn.to(SocketAddrV4::new(stage.node().address(), 8010));
    let mut talk = Talk::begin(&stage);
    let (before, heard) = (Before::take(&stage), counted(&sink, "Tcp", "InSegs"));
    let answered = talk.during(|| flood(&wire, syn, Segment::from));
    before.check(&stage, answered);
    assert_eq!(counted(&sink, "Tcp", "InSegs") - heard, u64::from(SYNS), "every SYN arrived");
    assert_eq!(strays(&stage) - before.strays, u64::from(SYNS), "every answer left the node");
    drop(listener);
    newcomers_are_welcome(&stage);
}
