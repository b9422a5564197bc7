//! Rows: containers as clients of the mesh's ports on their own node.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Backend, Counter, DropReason, MESH_VNI, Mac, Road, ingress::DSR, service::ACTIVE};
use causeway_tests::dataplane::{
    ingress::{self, AWAY, CHOSEN, EMPTY, NEAR, STRAIGHT},
    local::{NODE, PORT},
    packets::{from_node_1, to_node_1},
    services,
    translated::{ACK, Kind, SYN, SYN_ACK, error, packet, unreachable},
    world::{FAR, FAR_ROUTED, GATEWAY, NEIGHBOUR, SENDER, mac},
};

use crate::{
    ingress_by_mesh::to,
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
};

/// MACs of what goes back into the sender's container.
const HOME: (Mac, Mac) = (mac(SENDER), mac(GATEWAY));
/// MACs of an answer by the mesh to this node.
const BACK: (Mac, Mac) = (mac(NODE), mac(GATEWAY));

fn row(sentence: &'static str, kind: Kind, port: u16) -> Row {
    Row::new(Hook::FromContainer, sentence, sent(kind, (NODE, port))).ingress()
}

/// What the node asks FAR for the sender.
fn asked(kind: Kind) -> Vec<u8> {
    to_node_1(MESH_VNI, &packet(kind, to(FAR), (NODE, PORT), (services::THERE, 80), 63))
}

pub(crate) fn rows() -> Vec<Row> {
    [here(), elsewhere(), refused(), answered()].into_iter().flatten().collect()
}

fn here() -> Vec<Row> {
    let from_gateway = packet(SYN, (mac(NEIGHBOUR), mac(GATEWAY)), (GATEWAY, OWN_PORT), (NEIGHBOUR, 80), 63);
    let itself = packet(SYN, HOME, (GATEWAY, OWN_PORT), (SENDER, 80), 63);
    vec![
        row("a container reaches a backend next to it by its node's port", SYN, NEAR)
            .redirects(Counter::Hairpin, from_gateway),
        row("so it does itself", SYN, STRAIGHT).redirects(Counter::Hairpin, itself),
    ]
}

/// FAR is gone, and there is another one on node 1.
fn replaced() -> Vec<Step> {
    let backend = Backend { service: 2, ..ingress::backend(FAR_ROUTED, ACTIVE) };
    let of = ingress::of(2);
    vec![
        Step::PutBackend(30, backend),
        Step::PutRing(of.ring, [30; 32].into()),
        Step::PutBackend(2, Backend::default()),
    ]
}

fn elsewhere() -> Vec<Row> {
    let asks = |sentence, kind| row(sentence, kind, AWAY).encapsulates_as(Counter::ToMesh, asked(kind));
    let other = packet(ACK, to(FAR_ROUTED), (NODE, PORT), (services::THERE, 80), 63);
    vec![
        asks("for a container the node itself asks a backend elsewhere", SYN),
        asks("so it does with a datagram of a container's", Kind::Udp),
        asks("the container's next packet goes where the first went", ACK)
            .given(Hook::FromContainer, sent(SYN, (NODE, AWAY))),
        row("where that backend is gone another one gets it", ACK, AWAY)
            .given(Hook::FromContainer, sent(SYN, (NODE, AWAY)))
            .then(replaced())
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &other)),
        row("answers that go straight are no matter of a container's", SYN, AWAY)
            .after(ingress::put(AWAY, causeway_common::Ingress { flags: DSR, ..ingress::of(2) }))
            .encapsulates_as(Counter::ToMesh, asked(SYN)),
    ]
}

fn refused() -> Vec<Row> {
    let refused = |sentence, kind| {
        let back = unreachable(HOME, GATEWAY, SENDER, &sent(kind, (NODE, EMPTY)));
        row(sentence, kind, EMPTY).comes_back_refused(back)
    };
    let listed = ingress::put(AWAY, causeway_common::Ingress { sources: 1, ..ingress::of(2) });
    vec![
        refused("a container hears that a port has no live backend", SYN),
        refused("also of its datagrams", Kind::Udp),
        row("a container that is not in the list of sources is refused", SYN, CHOSEN)
            .drops(DropReason::SourceRefused),
        row("also where the backend is elsewhere", SYN, AWAY).after(listed).drops(DropReason::SourceRefused),
        row("without its program no container is led into the mesh", SYN, AWAY)
            .without(Road::ToMesh)
            .drops(DropReason::NoProgram),
    ]
}

fn answered() -> Vec<Row> {
    let answers = |sentence, asks, kind| {
        let inner = packet(kind, BACK, (services::THERE, 80), (NODE, PORT), 63);
        let got = packet(kind, HOME, (NODE, AWAY), (SENDER, OWN_PORT), 62);
        Row::new(Hook::FromUplink, sentence, from_node_1(MESH_VNI, &inner))
            .ingress()
            .given(Hook::FromContainer, sent(asks, (NODE, AWAY)))
            .redirects(Counter::FromMesh, got)
    };
    let seen = packet(Kind::Udp, to(FAR), (NODE, PORT), (services::THERE, 80), 63);
    let own = packet(Kind::Udp, to_gateway(), (SENDER, OWN_PORT), (NODE, AWAY), 63);
    let complaint = from_node_1(MESH_VNI, &error(BACK, services::THERE, NODE, 63, (&seen, 28)));
    vec![
        answers("an answer from elsewhere reaches the container that has asked", SYN, SYN_ACK),
        answers("so does the answer to a datagram by the mesh", Kind::Udp, Kind::Udp),
        Row::new(Hook::FromUplink, "so does an error about it", complaint)
            .ingress()
            .given(Hook::FromContainer, sent(Kind::Udp, (NODE, AWAY)))
            .redirects(Counter::FromMesh, error(HOME, NODE, SENDER, 62, (&own, 28))),
    ]
}
