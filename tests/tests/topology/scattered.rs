//! Packets that do not lie in one piece of the sender's memory.

use std::os::fd::AsRawFd as _;

use etherparse::PacketBuilder;
use nix::{
    ifaddrs::getifaddrs,
    setsockopt_impl, sockopt_impl,
    sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, sendto, setsockopt, socket},
};

use super::{
    cast::{Cluster, Container},
    frames::mac,
};

sockopt_impl!(
    /// Every frame is preceded by a header that says what the kernel shall think of it (packet(7)).
    VnetHeader, SetOnly, libc::SOL_PACKET, libc::PACKET_VNET_HDR, bool
);

/// Bytes of the payload; the kernel scatters what is longer than a page.
const LENGTH: usize = 8000;
/// `struct virtio_net_hdr`: nothing to cut, no checksum to fill in, 14 bytes in one piece.
fn plain_with_14_bytes() -> Vec<u8> {
    [&[0, 0][..], &14_u16.to_ne_bytes(), &[0; 6]].concat()
}

/// eth0 of the calling thread's namespace.
fn eth0() -> LinkAddr {
    let mut all = getifaddrs().unwrap().filter(|one| one.interface_name == "eth0");
    all.find_map(|one| one.address?.as_link_addr().copied()).unwrap()
}

/// Sends a UDP packet of which only the Ethernet header lies in the skb's first piece.
fn send_scattered(from: &Container, to: &Container, payload: &[u8]) {
    let mut frame = plain_with_14_bytes();
    let builder = PacketBuilder::ethernet2(mac(from.ip), mac(to.ip));
    let builder = builder.ipv4(from.ip.octets(), to.ip.octets(), 64).udp(7001, 7000);
    builder.write(&mut frame, payload).unwrap();
    let send = || {
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None).unwrap();
        setsockopt(&socket, VnetHeader, &true).unwrap();
        sendto(socket.as_raw_fd(), &frame, &eth0(), MsgFlags::empty()).unwrap()
    };
    assert_eq!(from.netns.run(send).unwrap(), frame.len());
}

#[test]
fn headers_that_lie_scattered_are_read_all_the_same() {
    let cluster = Cluster::with_mtu(2, 9000);
    cluster.network("web", &["10.77.0.0/24"]);
    let near = cluster.container(1, "web", "near");
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    for to in [&near, &b] {
        let ear = to.udp(7000);
        for number in 0..50_u8 {
            let mut buffer = [0; 2 * LENGTH];
            send_scattered(&a, to, &[number; LENGTH]);
            let length = ear.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..length], [number; LENGTH], "number {number} to {}", to.name);
        }
    }
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}
