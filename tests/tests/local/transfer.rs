//! What is sent arrives, byte for byte, over every MTU, with offloads on and off, with and without DF; and
//! who sends too much at once is told so.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

use causeway_lab::{Lab, Netns, ip, wait};
use causeway_tests::stream::{self, MEBIBYTE};

use super::cast::{Stage, address};

/// Blocks of a stream: 64 MiB.
const MUCH: u64 = 64 * MEBIBYTE;
/// How long a connection may take.
const SOON: Duration = Duration::from_secs(5);

/// A node with a container, over an underlay of this MTU.
struct Scene {
    stage: Stage,
    container: Netns,
    addr: Ipv4Addr,
}

impl Scene {
    fn of(mtu: u32) -> Self {
        let stage = Stage::of(Lab::builder().mtu(mtu));
        let container = stage.run("a", "-p 8080:7000 -p 8080:7000/udp", "exec sleep 900");
        let link = ip::ip(&stage.netns("a"), "-o link show dev eth0").unwrap();
        assert!(link.contains(&format!("mtu {mtu} ")), "{link}");
        Self { container: stage.netns("a"), addr: address(&container).unwrap(), stage }
    }

    fn node(&self) -> &Netns {
        &self.stage.node().netns
    }

    fn outside(&self) -> &Netns {
        &self.stage.lab.client().netns
    }

    /// Every interface that packets pass.
    fn offloads(&self, on: bool) {
        let ends = [(&self.container, "eth0"), (self.outside(), "eth0"), (self.node(), "eth0")];
        let host = ["cw-host", "cw-road"].map(|name| (self.node(), name));
        let switch = ["port1", "client"].map(|name| (self.stage.lab.switch(), name));
        let own = ip::ip(self.node(), "-br link").unwrap();
        let names = own.lines().filter_map(|line| line.split(['@', ' ']).next());
        let veth = names.filter(|name| !["lo", "eth0", "cw-host", "cw-road"].contains(name));
        let veth = veth.map(|name| (self.node(), name));
        for (netns, name) in ends.into_iter().chain(host).chain(switch).chain(veth) {
            offloads(netns, name, on);
        }
    }

    /// Whether TCP asks that its packets are not fragmented (RFC 1191).
    fn dont_fragment(&self, on: bool) {
        for netns in [&self.container, self.node(), self.outside()] {
            let setting = format!("-q -w net.ipv4.ip_no_pmtu_disc={}", u8::from(!on));
            ip::words(netns, "sysctl", &setting).unwrap();
        }
    }

    /// Streams on every road, both ways.
    fn all_roads(&self) {
        let (node, client) = (self.stage.node().address(), self.stage.lab.client().address());
        for (from, to, at) in [
            (&self.container, self.node(), (node, 7000)),
            (self.node(), &self.container, (self.addr, 7000)),
            (&self.container, self.outside(), (client, 7000)),
            (self.outside(), &self.container, (node, 8080)),
        ] {
            let listener = to.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 7000))).unwrap().unwrap();
            let road = || format!("{} -> {at:?}", from.name());
            stream::upload(connect(from, at), &listener, MUCH)
                .unwrap_or_else(|e| panic!("{}: {e:#}", road()));
            stream::download(connect(from, at), &listener, MUCH)
                .unwrap_or_else(|e| panic!("{}, back: {e:#}", road()));
        }
    }
}

fn connect(from: &Netns, to: (Ipv4Addr, u16)) -> io::Result<TcpStream> {
    from.run(|| TcpStream::connect_timeout(&to.into(), SOON)).unwrap()
}

/// Switches segmentation, aggregation and checksum offloads of an interface.
fn offloads(netns: &Netns, interface: &str, on: bool) {
    let to = if on { "on" } else { "off" };
    // Segmentation needs checksums: off in this order, on in the reverse one.
    let mut features = ["tso", "gso", "gro", "tx", "rx"];
    if on {
        features.reverse();
    }
    for feature in features {
        ip::words(netns, "ethtool", &format!("-K {interface} {feature} {to}")).unwrap();
    }
}

/// All pairs of MTU, offloads and DF are in these.
fn arrives(mtu: u32, combinations: [(bool, bool); 2]) {
    let scene = Scene::of(mtu);
    for (offloads, dont_fragment) in combinations {
        scene.offloads(offloads);
        scene.dont_fragment(dont_fragment);
        scene.all_roads();
    }
    let dropped = scene.stage.drops().into_iter().filter(|(_, count)| *count > 0);
    assert_eq!(dropped.collect::<Vec<_>>(), []);
}

#[test]
fn streams_arrive_unharmed_over_1280_bytes() {
    arrives(1280, [(true, true), (false, false)]);
}

#[test]
fn streams_arrive_unharmed_over_1500_bytes() {
    arrives(1500, [(true, false), (false, true)]);
}

#[test]
fn streams_arrive_unharmed_over_9000_bytes() {
    arrives(9000, [(true, true), (false, false)]);
}

/// Sends datagrams of so many bytes until the sender is told that they are too big; the kernel tells the
/// socket only if the message quotes just this conversation.
fn is_told(socket: &UdpSocket, bytes: usize) {
    let told = || {
        let refused = socket.send(&vec![7; bytes]).err().or(socket.take_error()?);
        Ok(refused.is_some_and(|error| error.raw_os_error() == Some(nix::errno::Errno::EMSGSIZE as i32)))
    };
    wait::until("the sender is told", SOON, told).unwrap();
}

/// A network beyond the client, behind a wire that takes this many bytes.
fn far_away(scene: &Scene, mtu: u32) -> (Netns, Ipv4Addr) {
    let far = Netns::create(&format!("{}-far", scene.stage.lab.layout().prefix)).unwrap();
    let (client, name) = (scene.outside(), far.name());
    let cable = format!("link add far0 mtu {mtu} type veth peer name eth0 mtu {mtu} netns {name}");
    for line in [cable.as_str(), "address add 203.0.113.1/24 dev far0", "link set far0 up"] {
        ip::ip(client, line).unwrap();
    }
    for line in
        ["address add 203.0.113.9/24 dev eth0", "link set eth0 up", "route add default via 203.0.113.1"]
    {
        ip::ip(&far, line).unwrap();
    }
    ip::words(client, "sysctl", "-q -w net.ipv4.ip_forward=1").unwrap();
    let route = format!("route add 203.0.113.0/24 via {}", scene.stage.lab.client().address());
    ip::ip(scene.node(), &route).unwrap();
    (far, Ipv4Addr::new(203, 0, 113, 9))
}

fn udp(netns: &Netns, to: (Ipv4Addr, u16)) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap().unwrap();
    socket.connect(SocketAddr::from(to)).unwrap();
    socket
}

#[test]
fn a_container_is_told_by_a_router_outside_what_fits() {
    let scene = Scene::of(9000);
    let (far, there) = far_away(&scene, 1280);
    is_told(&udp(&scene.container, (there, 7000)), 4000);
    let route = ip::ip(&scene.container, &format!("route get {there}")).unwrap();
    assert!(route.contains("mtu 1280"), "{route}");
    let listener = far.run(|| TcpListener::bind((there, 7000))).unwrap().unwrap();
    stream::upload(connect(&scene.container, (there, 7000)), &listener, MEBIBYTE).unwrap();
}

#[test]
fn a_container_that_answers_a_published_port_is_told_so_too() {
    let scene = Scene::of(9000);
    let (far, _there) = far_away(&scene, 1280);
    let node = scene.stage.node().address();
    let listener = scene.container.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 7000))).unwrap().unwrap();
    // The client's own small segments tell nothing of the wire; the container's large ones must be cut.
    ip::ip(&far, "link set eth0 mtu 9000").unwrap();
    stream::download(connect(&far, (node, 8080)), &listener, 16 * MEBIBYTE).unwrap();
}
