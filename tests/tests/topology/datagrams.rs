//! Datagrams that are no plain ones: many sent as one, and one sent as many fragments.

use std::net::UdpSocket;

use nix::sys::socket::{setsockopt, sockopt::UdpGsoSegment};

use super::cast::{Cluster, Container};

/// Bytes of a datagram, and how many the kernel is handed as one.
const SEGMENT: usize = 1200;
const AT_ONCE: usize = 20;
/// How often that is done; few enough in flight for any socket buffer.
const TIMES: usize = 100;

/// Two containers on two nodes, and one more beside the first.
fn scene() -> (Cluster, [Container; 3]) {
    let cluster = Cluster::of(2);
    cluster.network("web", &["10.77.0.0/24"]);
    let near = cluster.container(1, "web", "near");
    let [a, b] = [(1, "a"), (2, "b")].map(|(node, name)| cluster.container(node, "web", name));
    (cluster, [a, b, near])
}

/// Datagrams number `first` and following, one behind the other.
fn numbered(first: usize) -> Vec<u8> {
    let datagram = |number: usize| {
        let mut bytes = vec![0xa5; SEGMENT];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    (first..first + AT_ONCE).flat_map(datagram).collect()
}

/// Sends many datagrams at a time (`UDP_SEGMENT`, udp(7)); each must arrive, whole, in order, once.
fn many_as_one(from: &UdpSocket, to: &UdpSocket) {
    let address = to.local_addr().unwrap();
    let mut buffer = [0; 4 * SEGMENT];
    for first in (0..TIMES * AT_ONCE).step_by(AT_ONCE) {
        let datagrams = numbered(first);
        assert_eq!(from.send_to(&datagrams, address).unwrap(), datagrams.len());
        for wanted in datagrams.chunks(SEGMENT) {
            let length = to.recv(&mut buffer).unwrap();
            assert!(&buffer[..length] == wanted, "of {first} and following, {length} bytes arrived");
        }
    }
    to.set_nonblocking(true).unwrap();
    assert!(to.recv(&mut buffer).is_err(), "more arrived than was sent");
}

#[test]
fn datagrams_sent_as_one_arrive_one_by_one() {
    let (cluster, [a, b, near]) = scene();
    let socket = a.udp(7001);
    setsockopt(&socket, UdpGsoSegment, &i32::try_from(SEGMENT).unwrap()).unwrap();
    for to in [&b, &near] {
        many_as_one(&socket, &to.udp(7002));
    }
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

#[test]
fn fragments_arrive_and_make_the_packet_whole_again() {
    let (cluster, [a, b, near]) = scene();
    for to in [&b, &near] {
        let said = a.run(&format!("ping -c20 -i0.02 -W1 -s 4000 {}", to.ip));
        assert!(said.contains("20 received"), "{said}");
        let (here, there) = (a.udp(7001), to.udp(7002));
        let mut buffer = vec![0; 65_535];
        // The longest datagram that IPv4 has: 45 fragments.
        for length in [1422, 1423, 20_000, 65_507] {
            let sent: Vec<u8> = (0..length).map(|at: usize| at.to_le_bytes()[at % 2]).collect();
            here.send_to(&sent, (to.ip, 7002)).unwrap();
            let arrived = there.recv(&mut buffer).unwrap();
            assert!(buffer[..arrived] == sent, "{length} bytes to {}", to.name);
        }
    }
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}
