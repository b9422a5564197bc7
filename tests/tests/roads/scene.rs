//! A node made by hand: its interfaces and tables as the daemon would make them, three containers,
//! and an outside.
//!
//! ```text
//!  a 10.9.0.2, b 10.9.0.3 (one network)   c 10.20.0.2 (another)
//!      \       |                          /
//!   va, vb, vc: from_container      cw-road: from_host == cw-host 10.9.0.1, 10.20.0.1
//!                      node
//!   up0 198.51.100.1: from_uplink
//!      |
//!   outside 198.51.100.100
//! ```

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use causeway::{
    kernel::{self, Dataplane, Hook, Options},
    model::Sizes,
    plan::Step,
};
use causeway_common::{
    Attachment, Endpoint, EndpointKey, Ipv4, Mac, Published, PublishedKeyV4, Settings, attachment, node,
    settings, vni,
};
use causeway_lab::{Netns, ip};
use causeway_tests::dataplane::BpfDir;

/// The node on its uplink.
pub(crate) const NODE: Ipv4 = [198, 51, 100, 1];
/// Outside.
pub(crate) const OUTSIDE: Ipv4 = [198, 51, 100, 100];
pub(crate) const GATEWAY: Ipv4 = [10, 9, 0, 1];
pub(crate) const A: Ipv4 = [10, 9, 0, 2];
pub(crate) const B: Ipv4 = [10, 9, 0, 3];
pub(crate) const C: Ipv4 = [10, 20, 0, 2];
/// Ports that masqueraded flows get.
pub(crate) const PORTS: u16 = 100;
/// Where services have their addresses from.
pub(crate) const POOL: (Ipv4, Ipv4) = ([10, 255, 0, 0], [255, 255, 0, 0]);
/// Directions of new flows that fit.
pub(crate) const NEW_FLOWS: u32 = 1024;

/// The network of `a` and `b`.
pub(crate) const NET: u32 = vni::LOCAL_VNI_FIRST;
const OTHER_NET: u32 = vni::LOCAL_VNI_FIRST + 1;
pub(crate) const CONTAINERS: [(&str, Ipv4, u32); 3] = [("a", A, NET), ("b", B, NET), ("c", C, OTHER_NET)];

/// The node, its containers and the outside; all gone on drop.
pub(crate) struct Scene {
    pub(crate) node: Netns,
    pub(crate) outside: Netns,
    pub(crate) a: Netns,
    pub(crate) b: Netns,
    pub(crate) c: Netns,
    pub(crate) dataplane: Dataplane,
    // Dropped last: the directory goes when nothing uses it any more.
    _bpf_dir: BpfDir,
}

impl Scene {
    pub(crate) fn set(name: &str) -> Self {
        let netns =
            |who: &str| Netns::create(&format!("cw-roads-{}-{name}-{who}", std::process::id())).unwrap();
        let (node, outside) = (netns("node"), netns("out"));
        let [a, b, c] = CONTAINERS.map(|(who, ..)| netns(who));
        wire(&node, &outside);
        for (container, (who, addr, _)) in [&a, &b, &c].into_iter().zip(CONTAINERS) {
            plug(&node, container, who, addr);
        }
        let bpf_dir = BpfDir::new();
        let dataplane = node.run(|| load(&bpf_dir)).unwrap();
        Self { node, outside, a, b, c, dataplane, _bpf_dir: bpf_dir }
    }

    /// Publishes a port of the node on an address of it (all zero: on all).
    pub(crate) fn publish(&mut self, at: Ipv4, port: u16, protocol: u8, to: (Ipv4, u16)) {
        let vni = CONTAINERS.iter().find(|(_, addr, _)| *addr == to.0).unwrap().2;
        let value = Published { addr: to.0, vni, port: to.1.to_be_bytes(), ..Published::default() };
        let key = PublishedKeyV4 { addr: at, port: port.to_be_bytes(), protocol, reserved: 0 };
        self.dataplane.apply(&[Step::PutPublished(key, value)]).unwrap();
    }

    /// Takes a published port back.
    pub(crate) fn unpublish(&mut self, at: Ipv4, port: u16, protocol: u8) {
        let key = PublishedKeyV4 { addr: at, port: port.to_be_bytes(), protocol, reserved: 0 };
        self.dataplane.apply(&[Step::DeletePublished(key)]).unwrap();
    }

    /// Container `b` takes packets of at most so many bytes.
    pub(crate) fn narrow_b(&mut self, mtu: u16) {
        let ifindex = self.node.run(|| nix::net::if_::if_nametoindex("vb").unwrap()).unwrap();
        let attachment = Attachment { mtu, ..attachment(B, NET) };
        self.dataplane.apply(&[Step::PutAttachment(ifindex, attachment)]).unwrap();
    }

    /// Attaches the socket hooks once more, as a daemon does that starts again.
    pub(crate) fn attach_sockets(&mut self) {
        self.dataplane.attach_sockets(Path::new(&cgroup())).unwrap();
    }

    /// A counter's or a drop reason's value.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let mut all: BTreeMap<_, _> = self.dataplane.counters().unwrap();
        all.extend(self.dataplane.drops().unwrap());
        all[name]
    }
}

pub(crate) fn addr(addr: Ipv4) -> Ipv4Addr {
    addr.into()
}

pub(crate) fn mac([a, b, c, d]: Ipv4) -> Mac {
    [0x02, 0x42, a, b, c, d]
}

fn gateway(addr: Ipv4) -> Ipv4 {
    [addr[0], addr[1], addr[2], 1]
}

fn lines(netns: &Netns, lines: &[&str]) {
    for line in lines {
        ip::words(netns, "ip", line).unwrap();
    }
}

/// The node's own interfaces, and its wire to the outside.
fn wire(node: &Netns, outside: &Netns) {
    let there = format!("link add up0 type veth peer name eth0 netns {}", outside.name());
    lines(
        node,
        &[
            "link add cw-host type veth peer name cw-road",
            "link set cw-host up arp off",
            "link set cw-road up",
            "addr add 10.9.0.1/32 dev cw-host",
            "addr add 10.20.0.1/32 dev cw-host",
            "route add 10.9.0.0/24 dev cw-host src 10.9.0.1",
            "route add 10.20.0.0/24 dev cw-host src 10.20.0.1",
            &there,
            "addr add 198.51.100.1/24 dev up0",
            "link set up0 up",
        ],
    );
    lines(outside, &["addr add 198.51.100.100/24 dev eth0", "link set eth0 up"]);
    lines(outside, &["addr add 203.0.113.1/32 dev lo"]);
    lines(node, &["route add 203.0.113.0/24 via 198.51.100.100 mtu lock 1300"]);
    ip::words(node, "sysctl", "-q -w net.ipv4.conf.cw-host.forwarding=1").unwrap();
}

/// A container's veth, address and routes.
fn plug(node: &Netns, container: &Netns, who: &str, addr: Ipv4) {
    let [_, _, c2, c3, c4, c5] = mac(addr);
    let mac = format!("02:42:{c2:02x}:{c3:02x}:{c4:02x}:{c5:02x}");
    let name = container.name();
    lines(
        node,
        &[
            &format!("link add v{who} type veth peer name eth0 address {mac} netns {name}"),
            &format!("link set v{who} up"),
        ],
    );
    let (own, gateway) = (Ipv4Addr::from(addr), Ipv4Addr::from(gateway(addr)));
    lines(
        container,
        &[
            &format!("addr add {own}/24 dev eth0"),
            "link set eth0 up",
            &format!("route add default via {gateway}"),
        ],
    );
}

fn load(bpf_dir: &BpfDir) -> Dataplane {
    let sizes = Sizes { flows: 4096, new_flows: NEW_FLOWS, ..Sizes::default() };
    let options = Options { sizes, ..Options::new(bpf_dir.path(), NODE.into()) };
    let mut dataplane = Dataplane::open(&options).unwrap();
    dataplane.apply(&steps()).unwrap();
    let index = |name: &str| nix::net::if_::if_nametoindex(name).unwrap();
    for (who, ..) in CONTAINERS {
        let name = format!("v{who}");
        dataplane.attach(Hook::FromContainer, &name, index(&name)).unwrap();
    }
    dataplane.attach(Hook::FromHost, "cw-road", index("cw-road")).unwrap();
    dataplane.attach(Hook::FromUplink, "up0", index("up0")).unwrap();
    dataplane.attach_sockets(Path::new(&cgroup())).unwrap();
    dataplane
}

/// Where the root of cgroups (version 2) is mounted.
pub(crate) fn cgroup() -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let fields = mounts.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    fields.into_iter().find(|fields| fields[2] == "cgroup2").unwrap()[1].to_owned()
}

/// What the daemon would have put into the tables.
fn steps() -> Vec<Step> {
    let index = |name: &str| nix::net::if_::if_nametoindex(name).unwrap();
    let mut steps = vec![Step::PutSettings(settings(index("cw-host")))];
    steps.extend([NODE, GATEWAY, gateway(C)].map(|addr| Step::PutHostAddress(addr, 0)));
    for (who, addr, vni) in CONTAINERS {
        let ifindex = index(&format!("v{who}"));
        let endpoint = Endpoint { mac: mac(addr), node: node::LOCAL, ifindex, vni, ..Endpoint::default() };
        steps.push(Step::PutEndpoint(EndpointKey { vni, addr }, endpoint));
        steps.push(Step::PutEndpoint(EndpointKey { vni: vni::HOST_VNI, addr }, endpoint));
        steps.push(Step::PutAttachment(ifindex, attachment(addr, vni)));
    }
    steps
}

fn attachment(addr: Ipv4, vni: u32) -> Attachment {
    Attachment {
        vni,
        addr,
        mac: mac(addr),
        gateway_mac: mac(gateway(addr)),
        gateway: gateway(addr),
        mtu: 1500,
        flags: attachment::MASQUERADE,
        ifindex: 0,
    }
}

fn settings(host_ifindex: u32) -> Settings {
    let text = std::fs::read_to_string("/proc/thread-self/net/dev").unwrap();
    assert!(text.contains("cw-host"), "the thread is in the node's namespace");
    Settings {
        netns_cookie: kernel::netns_cookie().unwrap(),
        host_ifindex,
        generation: 1,
        host_mac: mac_of("cw-host"),
        flags: settings::PUBLISHES,
        first_port: 40_000,
        ports: PORTS,
        vip_pool: POOL.0,
        vip_mask: POOL.1,
        ..Settings::default()
    }
}

/// MAC of an interface of the calling thread's namespace, as the kernel chose it.
pub(crate) fn mac_of(interface: &str) -> Mac {
    let addresses = nix::ifaddrs::getifaddrs().unwrap();
    let link = addresses.filter(|one| one.interface_name == interface);
    link.filter_map(|one| one.address?.as_link_addr()?.addr()).next().unwrap()
}
