//! Table of contents: the programs, each at the place where its packets enter.
#![no_std]
#![no_main]
#![expect(missing_docs, unreachable_pub, reason = "the macros export functions of their own")]

use aya_ebpf::{
    macros::{cgroup_sock_addr, classifier, xdp},
    programs::{SockAddrContext, TcContext, XdpContext},
};
use causeway_ebpf::{
    helpers::{
        Skb,
        frame::Frame,
        socket::{Mapped, Plain, Socket},
    },
    hooks,
};

/// TCX ingress of a container's host-side veth: everything that the container sends.
#[classifier]
pub fn from_container(context: TcContext) -> i32 {
    hooks::from_container(&mut Skb::new(&context))
}

/// TCX ingress of the uplink: everything that reaches this node; VXLAN from other nodes is ours.
#[classifier]
pub fn from_uplink(context: TcContext) -> i32 {
    hooks::from_uplink(&mut Skb::new(&context))
}

/// XDP of the uplink, by its driver: what passes through on its way between a client and a backend elsewhere, and
/// datagrams for containers here. Frames may lie in several buffers.
#[xdp(frags)]
pub fn from_driver(context: XdpContext) -> u32 {
    hooks::from_driver(&mut Frame::new(&context))
}

/// The same by the kernel, in one buffer, and without the datagrams. A frame that this passes in several is a new skb that has forgotten
/// how long its Ethernet header is, up to Linux 6.18 at least: TCX would not see that header.
#[xdp]
pub fn from_wire(context: XdpContext) -> u32 {
    hooks::from_wire(&mut Frame::new(&context))
}

/// Road of `from_container`, by tail call: what is for nobody in the container's network.
#[classifier]
pub fn beyond(context: TcContext) -> i32 {
    hooks::beyond(&mut Skb::new(&context))
}

/// TCX ingress of every other interface that the outside is reached by, and road of `from_uplink`, by
/// tail call: what is no other node's.
#[classifier]
pub fn from_outside(context: TcContext) -> i32 {
    hooks::from_outside(&mut Skb::new(&context))
}

/// Road of `from_container` and `beyond`, by tail call: what is for a service.
#[classifier]
pub fn to_service(context: TcContext) -> i32 {
    hooks::to_service(&mut Skb::new(&context))
}

/// Road of `from_container` and `from_uplink`, by tail call: what is for a container that asked services.
#[classifier]
pub fn to_client(context: TcContext) -> i32 {
    hooks::to_client(&mut Skb::new(&context))
}

/// TCX ingress of `cw-host`'s peer: everything that the host sends to containers.
#[classifier]
pub fn from_host(context: TcContext) -> i32 {
    hooks::from_host(&mut Skb::new(&context))
}

/// Road of `from_host`, by tail call: what is for a service.
#[classifier]
pub fn host_to_service(context: TcContext) -> i32 {
    hooks::host_to_service(&mut Skb::new(&context))
}

/// Road of `from_uplink`, by tail call: what came by the mesh.
#[classifier]
pub fn from_mesh(context: TcContext) -> i32 {
    hooks::from_mesh(&mut Skb::new(&context))
}

/// Road of `beyond`, by tail call: answers to nodes' own processes.
#[classifier]
pub fn to_mesh(context: TcContext) -> i32 {
    hooks::to_mesh(&mut Skb::new(&context))
}

/// Road of `from_outside`, by tail call: what is for a port of the mesh.
#[classifier]
pub fn to_backend(context: TcContext) -> i32 {
    hooks::to_backend(&mut Skb::new(&context))
}

/// Road of `from_mesh`, by tail call: what is of a port of the mesh.
#[classifier]
pub fn out_of_mesh(context: TcContext) -> i32 {
    hooks::out_of_mesh(&mut Skb::new(&context))
}

/// TCX egress of a container's `lo`, where its sockets' calls are not seen: the way to its resolver.
#[classifier]
pub fn through_lo(context: TcContext) -> i32 {
    hooks::through_lo(&mut Skb::new(&context))
}

/// `connect`, IPv4.
#[cgroup_sock_addr(connect4)]
pub fn connect4(context: SockAddrContext) -> i32 {
    hooks::connect(&mut Socket::<Plain>::new(&context))
}

/// `connect`, IPv4-mapped IPv6.
#[cgroup_sock_addr(connect6)]
pub fn connect6(context: SockAddrContext) -> i32 {
    hooks::connect(&mut Socket::<Mapped>::new(&context))
}

/// `sendmsg` of an unconnected UDP socket, IPv4.
#[cgroup_sock_addr(sendmsg4)]
pub fn sendmsg4(context: SockAddrContext) -> i32 {
    hooks::sendmsg(&mut Socket::<Plain>::new(&context))
}

/// `sendmsg` of an unconnected UDP socket, IPv4-mapped IPv6.
#[cgroup_sock_addr(sendmsg6)]
pub fn sendmsg6(context: SockAddrContext) -> i32 {
    hooks::sendmsg(&mut Socket::<Mapped>::new(&context))
}

/// `recvmsg` of a UDP socket, IPv4.
#[cgroup_sock_addr(recvmsg4)]
pub fn recvmsg4(context: SockAddrContext) -> i32 {
    hooks::recvmsg(&mut Socket::<Plain>::new(&context))
}

/// `recvmsg` of a UDP socket, IPv4-mapped IPv6.
#[cgroup_sock_addr(recvmsg6)]
pub fn recvmsg6(context: SockAddrContext) -> i32 {
    hooks::recvmsg(&mut Socket::<Mapped>::new(&context))
}

/// `getpeername`, IPv4.
#[cgroup_sock_addr(getpeername4)]
pub fn getpeername4(context: SockAddrContext) -> i32 {
    hooks::getpeername(&mut Socket::<Plain>::new(&context))
}

/// `getpeername`, IPv4-mapped IPv6.
#[cgroup_sock_addr(getpeername6)]
pub fn getpeername6(context: SockAddrContext) -> i32 {
    hooks::getpeername(&mut Socket::<Mapped>::new(&context))
}

/// `bind` of a host process, IPv4.
#[cgroup_sock_addr(bind4)]
pub fn bind4(context: SockAddrContext) -> i32 {
    hooks::bind(&mut Socket::<Plain>::new(&context))
}

/// `bind` of a host process, IPv4-mapped IPv6.
#[cgroup_sock_addr(bind6)]
pub fn bind6(context: SockAddrContext) -> i32 {
    hooks::bind(&mut Socket::<Mapped>::new(&context))
}

/// The kernel lends some helpers to GPL-compatible programs only.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";

/// The verifier proves that this is never reached; the compiler asks for it.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
