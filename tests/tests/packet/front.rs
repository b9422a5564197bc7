//! Rows: who finds another one in its place of a front table is found in the hash table behind it.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Counter, Endpoint, EndpointKey, Ipv4, front};
use causeway_tests::dataplane::{
    packets::{from_far, from_sender, outer_ip, to_node_1, vxlan},
    world::{FAR, FAR_MAC, FAR_VTEP, NEIGHBOUR, PORT, UPLINK_MAC, VNI, VTEP, mac},
};

use crate::row::Row;

pub(crate) fn rows() -> Vec<Row> {
    let (rival, vtep) = (endpoint(), vtep());
    let packet = from_sender(rival);
    let there = Endpoint { mac: mac(rival), node: 1, vni: VNI, ..Endpoint::default() };
    let inner = from_far(NEIGHBOUR);
    let outer = vxlan((UPLINK_MAC, FAR_MAC), &outer_ip(vtep, VTEP), PORT, VNI, &inner);
    vec![
        Row::new(Hook::FromContainer, "an endpoint is found behind the one in its place", packet.clone())
            .after(Step::PutEndpoint(EndpointKey { vni: VNI, addr: rival }, there))
            .encapsulates(to_node_1(VNI, &packet)),
        Row::new(Hook::FromUplink, "a node is known behind the one in its place", outer)
            .after(Step::PutVtep(vtep, 1))
            .redirects(Counter::FromNode, inner),
    ]
}

/// An address of the sender's network whose place is the far endpoint's.
fn endpoint() -> Ipv4 {
    let place = |addr| front::endpoint(EndpointKey { vni: VNI, addr });
    addresses(10).find(|addr| *addr != FAR && place(*addr) == place(FAR)).expect("there are more than places")
}

/// An address whose place is node 1's.
fn vtep() -> Ipv4 {
    let place = front::vtep(FAR_VTEP);
    addresses(100).find(|addr| front::vtep(*addr) == place).expect("there are more than places")
}

fn addresses(first: u8) -> impl Iterator<Item = Ipv4> {
    (1_u32..1 << 24).map(move |number| {
        let [.., b, c, d] = number.to_be_bytes();
        [first, b, c, d]
    })
}
