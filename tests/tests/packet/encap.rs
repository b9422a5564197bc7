//! Rows: what leaves for another node.

use causeway::{
    kernel::{Hook, SkbContext},
    plan::Step,
};
use causeway_common::{Attachment, DropReason, Endpoint, EndpointKey};
use causeway_tests::dataplane::{
    packets::{PAYLOAD, by_gateway, from_sender, ip, outer_ip, to_node_1, udp, vxlan},
    world::{
        self, FAR, FAR_ROUTED, FAR_VTEP, GATEWAY, LOST, PORT, ROUTED_VNI, SENDER, UNRESOLVED,
        UNRESOLVED_VTEP, UPLINK_MAC, VNI, VTEP, mac,
    },
};
use etherparse::{IpEcn, Ipv4Header};

use crate::row::Row;

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet)
}

pub(crate) fn rows() -> Vec<Row> {
    [carried(), congested(), refused(), nested()].into_iter().flatten().collect()
}

fn carried() -> Vec<Row> {
    let packet = from_sender(FAR);
    let unresolved = from_sender(UNRESOLVED);
    let routed = Ipv4Header { time_to_live: 63, ..ip(SENDER, FAR_ROUTED) };
    let routed = udp((mac(FAR_ROUTED), mac(GATEWAY)), &routed, PAYLOAD);
    let by_neighbour = vxlan(([0; 6], UPLINK_MAC), &outer_ip(VTEP, UNRESOLVED_VTEP), PORT, VNI, &unresolved);
    vec![
        row("a container on another node gets the packet in VXLAN", packet.clone())
            .encapsulates(to_node_1(VNI, &packet)),
        row("a next hop without MAC is left to the kernel", unresolved).encapsulates(by_neighbour),
        row("the gateway's packet travels under the other subnet's VNI", by_gateway(FAR_ROUTED))
            .encapsulates(to_node_1(ROUTED_VNI, &routed)),
    ]
}

/// RFC 6040: the outer header copies the inner one's bits.
fn congested() -> Vec<Row> {
    let sentences = [
        (IpEcn::ONE, "ECT(1) shows on the outside"),
        (IpEcn::TWO, "ECT(0) shows on the outside"),
        (IpEcn::THREE, "congestion met shows on the outside"),
    ];
    let marked = |(ecn, sentence)| {
        let inner = udp((mac(FAR), mac(SENDER)), &Ipv4Header { ecn, ..ip(SENDER, FAR) }, b"marked");
        let outer = Ipv4Header { ecn, ..outer_ip(VTEP, FAR_VTEP) };
        let after = vxlan((world::FAR_MAC, UPLINK_MAC), &outer, PORT, VNI, &inner);
        row(sentence, inner).encapsulates(after)
    };
    sentences.into_iter().map(marked).collect()
}

fn refused() -> Vec<Row> {
    let gso = SkbContext { gso_size: 1398, gso_segs: 3, ..SkbContext::default() };
    vec![
        row("an endpoint's node that is not there cannot be reached", from_sender(LOST))
            .drops(DropReason::NoNode),
        row("a GSO packet of a kind that the kernel cannot put into a tunnel is dropped", from_sender(FAR))
            .skb(gso)
            .drops(DropReason::RoomRefused),
    ]
}

fn nested() -> Vec<Row> {
    // A container whose packets look like this node's own VXLAN: what left in VXLAN the first time
    // is accepted from it the second time, and bears the mark of a tunnel.
    let looped = Attachment { mac: UPLINK_MAC, addr: VTEP, mtu: 1500, ..world::attachment() };
    let far = Endpoint { mac: world::FAR_MAC, node: 1, vni: VNI, ..Endpoint::default() };
    let inner = udp((world::FAR_MAC, UPLINK_MAC), &ip(VTEP, FAR_VTEP), b"nested");
    vec![
        row("a packet of a tunnel of the container's own is put into another", inner.clone())
            .after(Step::PutAttachment(world::SENDER_IFINDEX, looped))
            .after(Step::PutEndpoint(EndpointKey { vni: VNI, addr: FAR_VTEP }, far))
            .twice()
            .encapsulates(to_node_1(VNI, &inner))
            .encapsulates(to_node_1(VNI, &to_node_1(VNI, &inner))),
    ]
}
