//! The address that a program hands to a socket call (`struct bpf_sock_addr`).

use core::marker::PhantomData;

use aya_ebpf::{
    bindings::{
        bpf_sock_addr, bpf_sock_tuple, bpf_sock_tuple__bindgen_ty_1,
        bpf_sock_tuple__bindgen_ty_1__bindgen_ty_1 as Tuple,
    },
    helpers::{
        bpf_get_netns_cookie, bpf_get_socket_cookie, bpf_set_retval, bpf_sk_lookup_tcp, bpf_sk_lookup_udp,
        bpf_sk_release,
    },
    programs::SockAddrContext,
};
use causeway_common::{Ipv4, Port, SocketAddressV4};

use crate::wire::TCP;

/// `EADDRINUSE`.
pub const ADDRESS_IN_USE: i32 = 98;
/// `ECONNREFUSED`.
pub const REFUSED: i32 = 111;
/// `BPF_F_CURRENT_NETNS`: the namespace that the socket is in.
const OWN_NAMESPACE: u64 = u64::MAX;
/// The third word of an IPv4-mapped address (RFC 4291 §2.5.5.2).
const MAPPED: u32 = u32::from_ne_bytes([0, 0, 0xff, 0xff]);

/// How a call holds an IPv4 address.
pub trait Family {
    /// The address; `None` where it is not IPv4.
    fn read(call: &bpf_sock_addr) -> Option<Ipv4>;
    /// The address that a socket is bound to: all of IPv6's are all of IPv4's too.
    fn read_bound(call: &bpf_sock_addr) -> Option<Ipv4>;
    /// Writes another one.
    fn write(call: &mut bpf_sock_addr, addr: Ipv4);
}

/// As it is (`AF_INET`).
pub struct Plain;
/// Mapped into IPv6 (`AF_INET6`).
pub struct Mapped;

impl Family for Plain {
    #[inline(always)]
    fn read(call: &bpf_sock_addr) -> Option<Ipv4> {
        Some(call.user_ip4.to_ne_bytes())
    }

    #[inline(always)]
    fn read_bound(call: &bpf_sock_addr) -> Option<Ipv4> {
        Self::read(call)
    }

    #[inline(always)]
    fn write(call: &mut bpf_sock_addr, addr: Ipv4) {
        call.user_ip4 = u32::from_ne_bytes(addr);
    }
}

impl Family for Mapped {
    #[inline(always)]
    fn read(call: &bpf_sock_addr) -> Option<Ipv4> {
        let [a, b, c, addr] = call.user_ip6;
        ((a, b, c) == (0, 0, MAPPED)).then_some(addr.to_ne_bytes())
    }

    #[inline(always)]
    fn read_bound(call: &bpf_sock_addr) -> Option<Ipv4> {
        if call.user_ip6 == [0; 4] { Some([0; 4]) } else { Self::read(call) }
    }

    #[inline(always)]
    fn write(call: &mut bpf_sock_addr, addr: Ipv4) {
        call.user_ip6[3] = u32::from_ne_bytes(addr);
    }
}

/// A socket and the address of the call.
pub struct Socket<F> {
    call: *mut bpf_sock_addr,
    family: PhantomData<F>,
}

impl<F: Family> Socket<F> {
    /// The socket of a program of the kind `BPF_PROG_TYPE_CGROUP_SOCK_ADDR`.
    #[inline(always)]
    pub const fn new(context: &SockAddrContext) -> Self {
        Self { call: context.sock_addr, family: PhantomData }
    }

    #[inline(always)]
    fn call(&self) -> &bpf_sock_addr {
        // SAFETY: a program's context is valid as long as the program runs.
        unsafe { &*self.call }
    }

    /// Address and port of the call; `None` where they are not IPv4's.
    #[inline(always)]
    pub fn address(&self) -> Option<SocketAddressV4> {
        Some(SocketAddressV4 { addr: F::read(self.call())?, port: self.port(), reserved: 0 })
    }

    /// The same of a call that binds.
    #[inline(always)]
    pub fn bound(&self) -> Option<SocketAddressV4> {
        Some(SocketAddressV4 { addr: F::read_bound(self.call())?, port: self.port(), reserved: 0 })
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the kernel holds the port's two bytes in a wider field"
    )]
    #[inline(always)]
    fn port(&self) -> [u8; 2] {
        (self.call().user_port as u16).to_ne_bytes()
    }

    /// Makes the call one for another address and port.
    #[inline(always)]
    pub fn set(&mut self, to: &SocketAddressV4) {
        // SAFETY: the program's own context, which nothing else refers to now.
        let call = unsafe { &mut *self.call };
        F::write(call, to.addr);
        call.user_port = u16::from_ne_bytes(to.port).into();
    }

    /// Makes the call one for another port of the same address.
    #[inline(always)]
    pub fn set_port(&mut self, port: Port) {
        // SAFETY: as for `set`.
        let call = unsafe { &mut *self.call };
        call.user_port = u16::from_ne_bytes(port).into();
    }

    /// The socket's protocol (IANA number).
    #[expect(clippy::cast_possible_truncation, reason = "protocols have 8 bits")]
    #[inline(always)]
    pub fn protocol(&self) -> u8 {
        self.call().protocol as u8
    }

    /// Whether a socket of the same namespace and protocol listens at an address.
    #[inline(always)]
    pub fn is_heard(&self, at: &SocketAddressV4) -> bool {
        let addr = u32::from_ne_bytes(at.addr);
        let ipv4 = Tuple { saddr: addr, daddr: addr, sport: 0, dport: u16::from_ne_bytes(at.port) };
        let mut tuple = bpf_sock_tuple { __bindgen_anon_1: bpf_sock_tuple__bindgen_ty_1 { ipv4 } };
        let (call, tuple, size) = (self.call.cast(), &raw mut tuple, size_of::<Tuple>() as u32);
        // SAFETY: the program's own context, and a tuple that outlives the call and is as long as is said.
        let found = unsafe {
            match self.protocol() {
                TCP => bpf_sk_lookup_tcp(call, tuple, size, OWN_NAMESPACE, 0),
                _ => bpf_sk_lookup_udp(call, tuple, size, OWN_NAMESPACE, 0),
            }
        };
        if found.is_null() {
            return false;
        }
        // SAFETY: the socket that was found just now, given back once.
        unsafe { bpf_sk_release(found.cast()) };
        true
    }

    /// The socket's cookie, which no other socket has.
    #[inline(always)]
    pub fn cookie(&self) -> u64 {
        // SAFETY: the program's own context.
        unsafe { bpf_get_socket_cookie(self.call.cast()) }
    }

    /// The cookie of the socket's network namespace.
    #[inline(always)]
    pub fn namespace(&self) -> u64 {
        // SAFETY: the program's own context.
        unsafe { bpf_get_netns_cookie(self.call.cast()) }
    }

    /// Makes the call fail with this error, where the program forbids it.
    #[inline(always)]
    pub fn fail_with(&self, error: i32) {
        // SAFETY: the helper takes a number only.
        unsafe { bpf_set_retval(-error) };
    }
}
