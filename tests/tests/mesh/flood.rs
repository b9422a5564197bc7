//! A flood of SYNs through the mesh: it costs no conversation, no memory, and no packet without a name.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use causeway_common::{limits::FLOWS, names};
use causeway_lab::ip;
use causeway_tests::{
    crowd::{self, Crowd, Server},
    raw::Wire,
    segment::Segment,
};

use super::{
    cast::{Cluster, Container, PORT, TARGET, moved},
    hostile::counted,
};

/// Conversations with each of two services: by TCP, which has a socket at each end, and by UDP.
const TCP: usize = 3_750;
const UDP: usize = 1_250;
/// All of them.
const TALKING: usize = 2 * (TCP + UDP);
/// What of ten thousand conversations may be lost.
const MAY_BE_LOST: usize = 1;
/// SYNs of the flood: ten for each flow that fits (each takes two entries).
const SYNS: u32 = 10 * FLOWS / 2;
/// Bytes that a daemon may grow by: once the tables' content, which it reads now and then.
const MAY_GROW: u64 = 32 << 20;
/// Where the second service of the one that talks listens.
const BESIDE: u16 = TARGET + 1;
/// The maps that conversations could fill.
const MAPS: [&str; 3] = ["FLOWS_V4", "FLOWS_NEW_V4", "TRACKED_V4"];

/// Two nodes. On the second a container whose services have ten thousand conversations, and one that gets
/// the flood.
struct Scene {
    cluster: Cluster,
    talker: Container,
    sink: Container,
}

impl Scene {
    fn set() -> Self {
        // The queue of a veth whose other end has XDP takes 256 frames: what it loses nobody has refused.
        let cluster = Cluster::with_config(2, "xdp = \"off\"\n");
        cluster.publish(PORT, "", "talk");
        let ports = format!("-p {}:{BESIDE} -p {}:{BESIDE}/udp", PORT + 1, PORT + 1);
        cluster.cw(1, &format!("service create --network web {ports} --return-path dsr straight"));
        cluster.publish(PORT + 2, "", "flooded");
        let talker = cluster.container(2, "talker", "--service talk --service straight");
        let sink = cluster.container(2, "sink", "--service flooded");
        ip::words(cluster.lab.switch(), "sysctl", "-q -w net.ipv4.ip_forward=0").unwrap();
        // It answers each SYN, by cookies when its backlog is full, and says so once only.
        ip::words(&sink.netns, "sysctl", "-q -w net.ipv4.tcp_synack_retries=0").unwrap();
        Self { cluster, talker, sink }
    }

    /// Conversations of the outside through the first node.
    fn talk(&self) -> [Crowd; 2] {
        crowd::allow_files(4 * TCP as u64 + 2 * UDP as u64 + 500).unwrap();
        let at = self.cluster.node(1).address();
        [(TARGET, PORT), (BESIDE, PORT + 1)].map(|(target, port)| {
            let server = Server::listen(&self.talker.netns, target, (at, port)).unwrap();
            Crowd::open(self.cluster.outside(), &server, TCP, UDP).unwrap()
        })
    }

    /// Kernel memory of the maps of each node, and memory of its daemon, in bytes.
    fn memory(&self) -> [(u64, u64); 2] {
        [1, 2].map(|node| (self.map_bytes(node), self.resident(node)))
    }

    fn map_bytes(&self, node: usize) -> u64 {
        let number = u8::try_from(node).unwrap();
        let maps = self.cluster.lab.layout().bpf_dir(number).join(names::LAYOUT).join("maps");
        let shown = |map| {
            let line = format!("-j map show pinned {}", maps.join(map).display());
            let shown = ip::words(&self.cluster.node(node).netns, "bpftool", &line).unwrap();
            serde_json::from_str::<serde_json::Value>(&shown).unwrap()["bytes_memlock"].as_u64().unwrap()
        };
        MAPS.into_iter().map(shown).sum()
    }

    fn resident(&self, node: usize) -> u64 {
        let status = format!("/proc/{}/status", self.cluster.node(node).daemon_pid().unwrap());
        let text = fs::read_to_string(status).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Sends every SYN from another of nobody's addresses (RFC 6598) and ports.
    fn flood(&self) {
        let wire = Wire::open(self.cluster.outside(), "eth0").unwrap();
        let node = Wire::open(&self.cluster.node(1).netns, "eth0").unwrap();
        let mut syn = Segment::syn(wire.mac(), node.mac());
        syn.to(self.cluster.at(1, PORT + 2));
        for number in 0..SYNS {
            let [_, _, c, d] = number.to_be_bytes();
            let port = 2000 + u16::try_from(number >> 16).unwrap();
            syn.from(SocketAddrV4::new(Ipv4Addr::new(100, 64, c, d), port));
            wire.send(syn.frame()).unwrap();
        }
    }

    /// Segments that have reached the one that gets the flood.
    fn heard(&self) -> u64 {
        counted(&self.sink.netns, "Tcp", "InSegs")
    }
}

/// How many conversations answered.
fn round(talk: &mut [Crowd; 2]) -> usize {
    talk.iter_mut().map(Crowd::talk).sum()
}

/// Talks while something goes on, and once afterwards; the fewest that answered in any round.
fn during(talk: &mut [Crowd; 2], work: impl FnOnce() + Send) -> usize {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            work();
            over.store(true, Ordering::Release);
        });
        let mut fewest = round(talk);
        while !over.load(Ordering::Acquire) {
            fewest = fewest.min(round(talk));
        }
        fewest.min(round(talk))
    })
}

#[test]
fn ten_thousand_conversations_survive_a_flood_through_the_mesh() {
    let scene = Scene::set();
    let any = (Ipv4Addr::UNSPECIFIED, TARGET);
    let listener = scene.sink.netns.run(|| TcpListener::bind(any)).unwrap().unwrap();
    let mut talk = scene.talk();
    let before = (scene.memory(), [1, 2].map(|node| scene.cluster.drops(node)));
    let heard = scene.heard();
    let answered = during(&mut talk, || scene.flood());
    println!("{answered} of {TALKING} conversations answered in each round");
    assert!(answered + MAY_BE_LOST >= TALKING, "{answered} of {TALKING} conversations");
    println!("{} of {SYNS} SYNs arrived", scene.heard() - heard);
    for (node, dropped) in (1..=2).zip(before.1) {
        assert_eq!(moved(&dropped, &scene.cluster.drops(node)), BTreeMap::new(), "drops of node{node}");
    }
    assert_eq!(scene.heard() - heard, u64::from(SYNS), "every SYN arrived");
    for ((maps, daemon), (maps_now, daemon_now)) in before.0.into_iter().zip(scene.memory()) {
        assert_eq!(maps, maps_now, "the tables have a size of their own");
        assert!(
            daemon_now.saturating_sub(daemon) < MAY_GROW,
            "the daemon grew from {daemon} to {daemon_now}"
        );
    }
    drop(listener);
}
