//! What fits through the mesh, and who is told where something does not.

use std::net::SocketAddrV4;

use causeway_lab::{Lab, wait};
use nix::{
    libc,
    sys::socket::{getsockopt, sockopt::TcpMaxSeg},
};

use super::{
    cast::{Cluster, Container, PORT, SOON},
    server::Server,
    talk,
};

/// What a mesh packet adds: Ethernet, IPv4, UDP and VXLAN headers (RFC 7348).
const OUTER: usize = 50;
/// IPv4's header and UDP's.
const HEADERS: usize = 28;

/// Two nodes, and a service whose backend is on the second.
fn scene(mtu: u32) -> (Cluster, (Container, Server)) {
    let cluster = Cluster::built(Lab::builder().nodes(2).mtu(mtu));
    cluster.publish(PORT, "", "shop");
    let server = cluster.server(2, "two", "--service shop");
    (cluster, server)
}

/// Whether a datagram of so many bytes, which as all of Linux asks not to be fragmented, is answered.
fn answered(cluster: &Cluster, to: SocketAddrV4, bytes: usize) -> std::io::Result<bool> {
    let socket = talk::udp_to(cluster.outside(), to);
    socket.send(&vec![b'x'; bytes])?;
    let mut buffer = vec![0; 65_536];
    Ok(socket.recv(&mut buffer)? > bytes)
}

#[test]
fn datagrams_of_the_sizes_that_quic_has_go_there_and_back() {
    let (cluster, _server) = scene(1500);
    // The answer, which is longer by the server's words, must fit as well.
    for bytes in [1, 1200, 1252, 1350, 1380] {
        for node in [1, 2] {
            assert!(answered(&cluster, cluster.at(node, PORT), bytes).unwrap(), "{bytes} through node{node}");
        }
    }
    cluster.assert_no_drops();
}

#[test]
fn who_sends_too_much_at_once_is_told_what_fits() {
    for mtu in [1500, 9000] {
        let (cluster, _server) = scene(mtu.try_into().unwrap());
        let (fits, to) = (mtu - OUTER - HEADERS, cluster.at(1, PORT));
        let socket = talk::udp_to(cluster.outside(), to);
        let told = || {
            let refused = socket.send(&vec![7; fits + 1]).err().or(socket.take_error()?);
            Ok(refused.is_some_and(|error| error.raw_os_error() == Some(libc::EMSGSIZE)))
        };
        wait::until("the sender is told", SOON, told).unwrap();
        let route = causeway_lab::ip::ip(cluster.outside(), &format!("route get {}", to.ip())).unwrap();
        assert!(route.contains(&format!("mtu {}", mtu - OUTER)), "{route}");
        socket.send(&vec![7; fits]).unwrap();
    }
}

/// The largest segment that a stream's client may send.
fn largest_segment(stream: &std::net::TcpStream) -> u32 {
    getsockopt(stream, TcpMaxSeg).unwrap()
}

#[test]
fn streams_have_segments_that_fit_from_the_beginning() {
    let (cluster, (container, _server)) = scene(1500);
    let [far, near] = [1, 2].map(|node| talk::connect(cluster.outside(), cluster.at(node, PORT)).unwrap());
    // 40 bytes of headers, and 12 of time stamps.
    assert!(largest_segment(&far) <= 1500 - 50 - 40, "{}", largest_segment(&far));
    assert!(talk::on(&far).is_ok() && talk::on(&near).is_ok());
    let shown = container.sh("ss -Htin state established").stdout;
    for info in shown.lines().filter(|line| line.contains("mss:")) {
        let mss = |word: &str| word.strip_prefix("mss:").and_then(|n| n.parse::<u32>().ok());
        assert!(info.split_whitespace().find_map(mss).unwrap() <= 1410, "{info}");
    }
}
