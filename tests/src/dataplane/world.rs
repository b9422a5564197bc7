//! The world of the packet tests: two networks, three nodes, and the tables that say so.
//!
//! ```text
//!  network 1: 10.9.0.0/24 (VNI 4097), 10.10.0.0/24 (VNI 4098); gateways .1
//!     SENDER     10.9.0.2   here, behind lo: test-run's packets come from there
//!     NEIGHBOUR  10.9.0.3   here             ROUTED   10.10.0.2  here
//!     FAR        10.9.0.4   node 1           FAR_ROUTED 10.10.0.3 node 1
//!     UNRESOLVED 10.9.0.5   node 2, whose next hop's MAC is not known
//!     LOST       10.9.0.6   node 9, which does not exist
//!  network 2: 10.9.0.0/24 (VNI 4200)
//!     STRANGER   10.9.0.200 here
//! ```

use causeway::plan::Step;
use causeway_common::{Attachment, Endpoint, EndpointKey, Ipv4, Mac, Node, OuterHeader, VniInfo, node};

/// This node's VTEP.
pub const VTEP: Ipv4 = [198, 51, 100, 1];
/// This node's uplink MAC.
pub const UPLINK_MAC: Mac = [0x02, 0, 0, 0, 0, 0x01];
/// Node 1's VTEP.
pub const FAR_VTEP: Ipv4 = [198, 51, 100, 2];
/// MAC of the next hop to node 1.
pub const FAR_MAC: Mac = [0x02, 0, 0, 0, 0, 0x02];
/// Node 2's VTEP; its next hop is not resolved.
pub const UNRESOLVED_VTEP: Ipv4 = [198, 51, 100, 3];
/// The VXLAN port.
pub const PORT: u16 = 4789;
/// The container's MTU.
pub const MTU: u16 = 1450;

/// Directions of answered flows that fit.
pub const FLOWS: u32 = 1024;
/// Directions of new flows that fit.
pub const NEW_FLOWS: u32 = 1024;

/// VNI of the sender's subnet.
pub const VNI: u32 = 4097;
/// VNI of the network's other subnet.
pub const ROUTED_VNI: u32 = 4098;
/// VNI of the other network.
pub const STRANGER_VNI: u32 = 4200;

/// The sender's gateway.
pub const GATEWAY: Ipv4 = [10, 9, 0, 1];
/// The interface that test-run's packets come from: lo.
pub const SENDER_IFINDEX: u32 = 1;

/// Here, behind lo.
pub const SENDER: Ipv4 = [10, 9, 0, 2];
/// Here.
pub const NEIGHBOUR: Ipv4 = [10, 9, 0, 3];
/// On node 1.
pub const FAR: Ipv4 = [10, 9, 0, 4];
/// On node 2.
pub const UNRESOLVED: Ipv4 = [10, 9, 0, 5];
/// On a node that does not exist.
pub const LOST: Ipv4 = [10, 9, 0, 6];
/// Nobody's.
pub const NOBODY: Ipv4 = [10, 9, 0, 99];
/// Here, in the other subnet.
pub const ROUTED: Ipv4 = [10, 10, 0, 2];
/// On node 1, in the other subnet.
pub const FAR_ROUTED: Ipv4 = [10, 10, 0, 3];
/// Here, in the other network.
pub const STRANGER: Ipv4 = [10, 9, 0, 200];

/// The MAC of an address: 02:42 and the address.
pub const fn mac(addr: Ipv4) -> Mac {
    [0x02, 0x42, addr[0], addr[1], addr[2], addr[3]]
}

/// Who lives where: address, VNI, node, interface.
pub const ENDPOINTS: &[(Ipv4, u32, u32, u32)] = &[
    (SENDER, VNI, node::LOCAL, SENDER_IFINDEX),
    (NEIGHBOUR, VNI, node::LOCAL, 77),
    (FAR, VNI, 1, 0),
    (UNRESOLVED, VNI, 2, 0),
    (LOST, VNI, 9, 0),
    (ROUTED, ROUTED_VNI, node::LOCAL, 78),
    (FAR_ROUTED, ROUTED_VNI, 1, 0),
    (STRANGER, STRANGER_VNI, node::LOCAL, 79),
];

/// The VNIs of the network that a VNI is part of.
pub fn network(vni: u32) -> &'static [u32] {
    if vni == STRANGER_VNI { &[STRANGER_VNI] } else { &[VNI, ROUTED_VNI] }
}

/// The endpoint that has an address, seen from a VNI: address, own VNI, node.
pub fn find(vni: u32, addr: Ipv4) -> Option<(Ipv4, u32, u32)> {
    let here = |(a, v, ..): &&(Ipv4, u32, u32, u32)| *a == addr && network(*v).contains(&vni);
    ENDPOINTS.iter().find(here).map(|(addr, vni, node, _)| (*addr, *vni, *node))
}

/// All of it, as steps.
pub fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::PutNode(1, node_towards(FAR_VTEP, FAR_MAC, node::RESOLVED)),
        Step::PutNode(2, node_towards(UNRESOLVED_VTEP, [0; 6], 0)),
        Step::PutVtep(FAR_VTEP, 1),
        Step::PutVtep(UNRESOLVED_VTEP, 2),
        Step::PutAttachment(SENDER_IFINDEX, attachment()),
    ];
    for vni in [VNI, ROUTED_VNI, STRANGER_VNI] {
        steps.push(Step::PutVni(vni, VniInfo { network: network(vni)[0], flags: 0 }));
    }
    for &(addr, vni, node, ifindex) in ENDPOINTS {
        let endpoint = Endpoint { mac: mac(addr), node, ifindex, vni, ..Endpoint::default() };
        let under = network(vni).iter().map(|&vni| Step::PutEndpoint(EndpointKey { vni, addr }, endpoint));
        steps.extend(under);
    }
    steps
}

/// The sender, as its own packets see it.
pub fn attachment() -> Attachment {
    Attachment {
        vni: VNI,
        addr: SENDER,
        mac: mac(SENDER),
        gateway_mac: mac(GATEWAY),
        gateway: GATEWAY,
        mtu: MTU,
        ..Attachment::default()
    }
}

/// The outer headers towards a node.
pub fn node_towards(vtep: Ipv4, next_hop: Mac, flags: u32) -> Node {
    let outer = OuterHeader {
        eth_dst: next_hop,
        eth_src: UPLINK_MAC,
        ethertype: [8, 0],
        ip_version_ihl: 0x45,
        ip_frag: [0x40, 0],
        ip_ttl: 64,
        ip_protocol: 17,
        ip_src: VTEP,
        ip_dst: vtep,
        udp_dst: PORT.to_be_bytes(),
        vxlan_flags: [8, 0, 0, 0],
        ..OuterHeader::default()
    };
    Node { outer, ip_sum: ip_sum(vtep), flags, ifindex: 80, vtep }
}

/// The sum of the template's IPv4 words that are not per packet, by etherparse.
fn ip_sum(vtep: Ipv4) -> u16 {
    let mut header = super::packets::outer_ip(VTEP, vtep);
    header.total_len = 0;
    !header.calc_header_checksum()
}
