//! The shared structs, as the daemon is compiled with them.

use std::mem::offset_of;

use causeway_common::{
    Affinity, AffinityKeyV4, Attachment, Backend, Endpoint, EndpointKeyV4, Flow, FlowKeyV4, FrontEndpoint,
    Ingress, IngressKey, LedKeyV4, MemberKey, Namespace, Node, OuterHeader, Published, PublishedKeyV4,
    RingBlock, Service, Settings, SocketAddressV4, SocketKeyV4, SourceKeyV4, Tracked, VniInfo,
};

use crate::btf::Layout;

macro_rules! layout {
    ($name:literal, $type:ty, [$($field:ident),+ $(,)?]) => {
        Layout {
            name: $name.to_owned(),
            size: size_of::<$type>(),
            fields: vec![$((stringify!($field).to_owned(), offset_of!($type, $field))),+],
        }
    };
}

/// All of them. Generic names are written in BTF with their signs as hex: `EndpointKey<[u8; 4]>`.
pub(crate) fn all() -> Vec<Layout> {
    vec![
        layout!("EndpointKey_3C__5B_u8_3B__20_4_5D__3E_", EndpointKeyV4, [vni, addr]),
        layout!("Endpoint", Endpoint, [mac, flags, node, ifindex, vni, reserved]),
        layout!("Attachment", Attachment, [vni, addr, mac, gateway_mac, gateway, mtu, flags, ifindex]),
        layout!("FrontEndpoint", FrontEndpoint, [taken_vni, addr, endpoint]),
        layout!("Node", Node, [outer, ip_sum, flags, ifindex, vtep]),
        layout!("IngressKey", IngressKey, [port, protocol, reserved]),
        layout!(
            "Ingress",
            Ingress,
            [vip, number, ring, slots, before, before_slots, sources, addresses, port, flags]
        ),
        layout!("Tracked", Tracked, [backend, last]),
        layout!("VniInfo", VniInfo, [network, flags]),
        layout!("FlowKeyV4", FlowKeyV4, [src, dst, src_port, dst_port, vni, protocol]),
        layout!(
            "Flow",
            Flow,
            [
                src,
                dst,
                src_port,
                dst_port,
                address_delta,
                port_delta,
                ifindex,
                dst_mac,
                mtu,
                src_mac,
                state,
                flags,
                generation,
                last,
                other_vni,
                reserved,
            ]
        ),
        layout!(
            "Settings",
            Settings,
            [
                netns_cookie,
                host_ifindex,
                generation,
                host_mac,
                flags,
                first_port,
                ports,
                vip_pool,
                vip_mask,
                mtu,
                reserved
            ]
        ),
        layout!("PublishedKeyV4", PublishedKeyV4, [addr, port, protocol, reserved]),
        layout!("Published", Published, [addr, vni, sources, port, flags]),
        layout!("SourceKeyV4", SourceKeyV4, [list, addr]),
        layout!("SocketAddressV4", SocketAddressV4, [addr, port, reserved]),
        layout!(
            "Service",
            Service,
            [network, number, ring, slots, local_ring, local_slots, affinity_seconds, flags, reserved,]
        ),
        layout!("RingBlock", RingBlock, [slots]),
        layout!("Backend", Backend, [addr, vni, node, mac, flags, service]),
        layout!("AffinityKeyV4", AffinityKeyV4, [service, client]),
        layout!("Affinity", Affinity, [backend, last]),
        layout!("LedKeyV4", LedKeyV4, [network, client, backend, port, reserved]),
        layout!("Namespace", Namespace, [dns_udp, dns_tcp, flags]),
        layout!("MemberKey", MemberKey, [cookie, network, reserved]),
        layout!("SocketKeyV4", SocketKeyV4, [cookie, to]),
        layout!(
            "OuterHeader",
            OuterHeader,
            [
                eth_dst,
                eth_src,
                ethertype,
                ip_version_ihl,
                ip_tos,
                ip_total_len,
                ip_id,
                ip_frag,
                ip_ttl,
                ip_protocol,
                ip_checksum,
                ip_src,
                ip_dst,
                udp_src,
                udp_dst,
                udp_len,
                udp_checksum,
                vxlan_flags,
                vxlan_vni,
            ]
        ),
    ]
}
