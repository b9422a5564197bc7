//! The one place where layouts are pinned: no implicit padding, sizes known.
//!
//! A map's value is read by programs of one build and written by a daemon of perhaps another, so
//! its size is part of the contract between them ([`crate::names::LAYOUT`]).

/// Asserts at compile time that the fields of `$type` fill `$size` bytes, with nothing between them.
macro_rules! pinned {
    ($type:ty, $size:expr, { $($field:ident: $ftype:ty),+ $(,)? }) => {
        const _: () = {
            assert!(size_of::<$type>() == $size, "the size of this type is part of the map layout");
            assert!(0 $(+ size_of::<$ftype>())+ == $size, "this type has padding that nobody named");
            // A field that is missing above, or has another type, does not compile.
            const fn fields(v: &$type) -> ($(&$ftype,)+) { ($(&v.$field,)+) }
            let _ = fields;
        };
        // SAFETY: `repr(C)`, every field plain data, and no padding (asserted above).
        #[cfg(feature = "user")]
        unsafe impl aya::Pod for $type {}
    };
}

use crate::{
    Affinity, AffinityKeyV4, Attachment, Backend, Endpoint, EndpointKeyV4, Flow, FlowKeyV4, FrontEndpoint,
    Ingress, IngressKey, Ipv4, LedKeyV4, Mac, MemberKey, Namespace, Node, OuterHeader, Port, Published,
    PublishedKeyV4, RingBlock, Service, Settings, SocketAddressV4, SocketKeyV4, SourceKeyV4, Tracked,
    VniInfo,
    faults::{FreedKey, Offsets, Orders},
};

pinned!(EndpointKeyV4, 8, { vni: u32, addr: Ipv4 });
pinned!(Endpoint, 24, {
    mac: Mac, flags: u16, node: u32, ifindex: u32, vni: u32, reserved: u32,
});
pinned!(Attachment, 32, {
    vni: u32, addr: Ipv4, mac: Mac, gateway_mac: Mac, gateway: Ipv4, mtu: u16, flags: u16, ifindex: u32,
});
pinned!(FrontEndpoint, 32, { taken_vni: u32, addr: Ipv4, endpoint: Endpoint });
pinned!(OuterHeader, 50, {
    eth_dst: Mac, eth_src: Mac, ethertype: [u8; 2],
    ip_version_ihl: u8, ip_tos: u8, ip_total_len: [u8; 2], ip_id: [u8; 2], ip_frag: [u8; 2],
    ip_ttl: u8, ip_protocol: u8, ip_checksum: [u8; 2], ip_src: Ipv4, ip_dst: Ipv4,
    udp_src: [u8; 2], udp_dst: [u8; 2], udp_len: [u8; 2], udp_checksum: [u8; 2],
    vxlan_flags: [u8; 4], vxlan_vni: [u8; 4],
});
pinned!(Node, 64, {
    outer: OuterHeader, ip_sum: u16, flags: u32, ifindex: u32, vtep: Ipv4,
});
pinned!(VniInfo, 8, { network: u32, flags: u32 });
pinned!(FlowKeyV4, 16, {
    src: Ipv4, dst: Ipv4, src_port: Port, dst_port: Port, vni: [u8; 3], protocol: u8,
});
pinned!(Flow, 48, {
    src: Ipv4, dst: Ipv4, src_port: Port, dst_port: Port, address_delta: [u8; 2], port_delta: [u8; 2],
    ifindex: u32, dst_mac: Mac, mtu: u16, src_mac: Mac, state: u8, flags: u8, generation: u32, last: u32,
    other_vni: [u8; 3], reserved: u8,
});
pinned!(Settings, 40, {
    netns_cookie: u64, host_ifindex: u32, generation: u32, host_mac: Mac, flags: u16,
    first_port: u16, ports: u16, vip_pool: Ipv4, vip_mask: Ipv4, mtu: u16, reserved: u16,
});
pinned!(PublishedKeyV4, 8, { addr: Ipv4, port: Port, protocol: u8, reserved: u8 });
pinned!(Published, 16, { addr: Ipv4, vni: u32, sources: u32, port: Port, flags: u16 });
pinned!(IngressKey, 4, { port: Port, protocol: u8, reserved: u8 });
pinned!(Ingress, 36, {
    vip: Ipv4, number: u32, ring: u32, slots: u32, before: u32, before_slots: u32, sources: u32,
    addresses: u32, port: Port, flags: u16,
});
pinned!(Tracked, 8, { backend: u32, last: u32 });
pinned!(SourceKeyV4, 8, { list: u32, addr: Ipv4 });
pinned!(SocketAddressV4, 8, { addr: Ipv4, port: Port, reserved: u16 });
pinned!(SocketKeyV4, 16, { cookie: u64, to: SocketAddressV4 });
pinned!(Service, 32, {
    network: u32, number: u32, ring: u32, slots: u32, local_ring: u32, local_slots: u32,
    affinity_seconds: u32, flags: u16, reserved: u16,
});
pinned!(RingBlock, 64, { slots: [u16; 32] });
pinned!(Backend, 24, { addr: Ipv4, vni: u32, node: u32, mac: Mac, flags: u16, service: u32 });
pinned!(AffinityKeyV4, 8, { service: u32, client: Ipv4 });
pinned!(Affinity, 8, { backend: u32, last: u32 });
pinned!(LedKeyV4, 16, { network: u32, client: Ipv4, backend: Ipv4, port: Port, reserved: u16 });
pinned!(Namespace, 8, { dns_udp: Port, dns_tcp: Port, flags: u32 });
pinned!(MemberKey, 16, { cookie: u64, network: u32, reserved: u32 });
pinned!(Orders, 36, { seed: u32, parts: [u32; 5], wire: u32, bay: u32, magic: u32 });
pinned!(Offsets, 32, {
    head: u32, network_header: u32, tail: u32, dev: u32, ifindex: u32, net: u32, inum: u32, magic: u32,
});
pinned!(FreedKey, 8, { namespace: u32, reason: u32 });
