//! The shared structs, as the daemon is compiled with them.

use std::mem::offset_of;

use causeway_common::{
    Attachment, Endpoint, EndpointKeyV4, Flow, FlowKeyV4, Node, OuterHeader, Published, PublishedKeyV4,
    Settings, SocketAddressV4, SocketKeyV4, SourceKeyV4, VniInfo,
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
        layout!("Attachment", Attachment, [vni, addr, mac, gateway_mac, gateway, mtu, flags, reserved]),
        layout!("Node", Node, [outer, ip_sum, flags, ifindex, vtep]),
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
            [netns_cookie, host_ifindex, generation, host_mac, flags, first_port, ports, reserved]
        ),
        layout!("PublishedKeyV4", PublishedKeyV4, [addr, port, protocol, reserved]),
        layout!("Published", Published, [addr, vni, sources, port, flags]),
        layout!("SourceKeyV4", SourceKeyV4, [list, addr]),
        layout!("SocketAddressV4", SocketAddressV4, [addr, port, reserved]),
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
