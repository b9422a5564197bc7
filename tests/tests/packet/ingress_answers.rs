//! Rows: what backends answer to clients of the mesh's ports, and the way back.

use causeway::kernel::Hook;
use causeway_common::{Counter, DropReason, Ipv4, MESH_VNI, Mac, Road};
use causeway_tests::dataplane::{
    ingress::{AWAY, MINE, NEAR, STRAIGHT},
    local::{CLIENT, CLOSED, NARROW, NODE, OTHER, ROUTER_MAC},
    packets::{from_node_1, ip, to_node_1},
    translated::{ACK, At, Kind, SYN, SYN_ACK, carrying, error, packet, too_big, with_options},
    world::{FAR_VTEP, GATEWAY, NOBODY, SENDER, UPLINK_MAC, mac},
};
use etherparse::Ipv4Header;

use crate::{
    ingress::{BACK, THERE},
    ingress_by_mesh::to,
    inward::came,
    outward::to_gateway,
    row::Row,
};

/// MACs of an answer on its way back to node 1.
const HOME: (Mac, Mac) = (mac(FAR_VTEP), mac(GATEWAY));

pub(crate) fn rows() -> Vec<Row> {
    [answered(), by_another_node(), not_answered(), clamped(), errors(), home(), not_home()]
        .into_iter()
        .flatten()
        .collect()
}

/// From the client, received by node 1 at an address and a port, for the sender.
fn came_by_mesh(kind: Kind, at: At) -> Vec<u8> {
    from_node_1(MESH_VNI, &packet(kind, to(SENDER), THERE, at, 64))
}

/// The sender's answer.
fn answer(kind: Kind) -> Vec<u8> {
    packet(kind, to_gateway(), (SENDER, 80), THERE, 64)
}

/// After a packet by the mesh for the sender.
fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet)
        .ingress()
        .given(Hook::FromUplink, came_by_mesh(SYN, (FAR_VTEP, MINE)))
}

/// What the client says next, the name of its backend hit on the way.
fn naming_nobody() -> Vec<u8> {
    packet(ACK, (mac(SENDER), mac(NOBODY)), THERE, (FAR_VTEP, MINE), 64)
}

fn answered() -> Vec<Row> {
    let back = packet(SYN_ACK, HOME, (FAR_VTEP, MINE), THERE, 63);
    let out = |from: At| packet(SYN_ACK, BACK, from, THERE, 63);
    let container = |sentence| Row::new(Hook::FromContainer, sentence, answer(SYN_ACK)).ingress();
    vec![
        row("a backend's answer goes back to the node that has received the question", answer(SYN_ACK))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
        row("so it does after a packet that names nobody", answer(SYN_ACK))
            .refused(Hook::FromUplink, from_node_1(MESH_VNI, &naming_nobody()))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
        container("an answer to what this node has received goes out")
            .given(Hook::FromUplink, came(SYN, THERE, (NODE, MINE)))
            .redirects(Counter::ToOutside, out((NODE, MINE))),
        container("with answers that go straight it goes out here, under the other node's address")
            .given(Hook::FromUplink, came_by_mesh(SYN, (FAR_VTEP, STRAIGHT)))
            .redirects(Counter::ToOutside, out((FAR_VTEP, STRAIGHT))),
    ]
}

/// An address that several nodes have.
const SHARED: Ipv4 = OTHER;

fn by_another_node() -> Vec<Row> {
    let container = |sentence| Row::new(Hook::FromContainer, sentence, answer(ACK)).ingress();
    let shared = (SHARED, MINE);
    let back = packet(ACK, HOME, shared, THERE, 63);
    vec![
        container("a client that comes to this node now is answered by this one")
            .given(Hook::FromUplink, came_by_mesh(SYN, shared))
            .given(Hook::FromUplink, came(ACK, THERE, shared))
            .redirects(Counter::ToOutside, packet(ACK, BACK, shared, THERE, 63)),
        container("one that comes by another node now is answered by that one")
            .given(Hook::FromUplink, came(SYN, THERE, shared))
            .given(Hook::FromUplink, came_by_mesh(ACK, shared))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
        Row::new(
            Hook::FromUplink,
            "a client's port stays where it comes by another node",
            came(ACK, THERE, shared),
        )
        .ingress()
        .given(Hook::FromUplink, came_by_mesh(SYN, shared))
        .redirects(Counter::FromOutside, packet(ACK, (mac(SENDER), mac(GATEWAY)), THERE, (SENDER, 80), 63)),
    ]
}

/// A segment of so many bytes.
fn sized(macs: (Mac, Mac), from: At, to: At, bytes: u16, hops: u8) -> Vec<u8> {
    let header = Ipv4Header { dont_fragment: true, time_to_live: hops, ..ip(from.0, to.0) };
    carrying(ACK, macs, header, (from.1, to.1), &vec![7; usize::from(bytes) - 40])
}

fn not_answered() -> Vec<Row> {
    let large = sized(to_gateway(), (SENDER, 80), THERE, 1451, 64);
    vec![
        row("a backend whose answer does not fit into the mesh is told what does", large.clone())
            .comes_back_too_big(too_big((mac(SENDER), mac(GATEWAY)), GATEWAY, SENDER, 1450, &large)),
        row("without its program no answer goes by the mesh to a client", answer(SYN_ACK))
            .without(Road::ToMesh)
            .drops(DropReason::NoProgram),
    ]
}

fn clamped() -> Vec<Row> {
    let size = |bytes: u16| [2, 4, bytes.to_be_bytes()[0], bytes.to_be_bytes()[1]];
    let says = |bytes| with_options(18, to_gateway(), ip(SENDER, CLIENT), (80, THERE.1), &size(bytes));
    let said = |bytes| {
        let header = Ipv4Header { time_to_live: 63, ..ip(FAR_VTEP, CLIENT) };
        to_node_1(MESH_VNI, &with_options(18, HOME, header, (MINE, THERE.1), &size(bytes)))
    };
    vec![
        row("a backend takes segments that fit into the mesh, whatever it says", says(8960))
            .encapsulates_as(Counter::ToMesh, said(1410)),
        row("one that takes smaller ones says so", says(1000)).encapsulates_as(Counter::ToMesh, said(1000)),
    ]
}

fn errors() -> Vec<Row> {
    let seen = packet(Kind::Udp, (mac(SENDER), mac(GATEWAY)), THERE, (SENDER, 80), 63);
    let asked = packet(Kind::Udp, to(SENDER), THERE, (FAR_VTEP, NEAR), 63);
    let complaint = error(to_gateway(), SENDER, CLIENT, 64, (&seen, 28));
    let travels = error(HOME, FAR_VTEP, CLIENT, 63, (&asked, 28));
    vec![
        Row::new(
            Hook::FromContainer,
            "a backend's error about a question goes back by the mesh",
            complaint.clone(),
        )
        .ingress()
        .given(
            Hook::FromUplink,
            from_node_1(MESH_VNI, &packet(Kind::Udp, to(SENDER), THERE, (FAR_VTEP, NEAR), 64)),
        )
        .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &travels)),
        Row::new(Hook::FromContainer, "one about what nobody has asked is dropped", complaint)
            .ingress()
            .drops(DropReason::NoFlow),
    ]
}

/// An answer of FAR's by the mesh to what this node has received.
fn came_home(kind: Kind, from: At, to: At) -> Vec<u8> {
    packet(kind, (mac(NODE), mac(GATEWAY)), from, to, 63)
}

fn comes(sentence: &'static str, inner: &[u8]) -> Row {
    Row::new(Hook::FromUplink, sentence, from_node_1(MESH_VNI, inner)).ingress()
}

fn home() -> Vec<Row> {
    let out = |kind, from: At| packet(kind, (ROUTER_MAC, UPLINK_MAC), from, THERE, 63);
    let goes_out = |sentence, kind, from: At| {
        comes(sentence, &came_home(kind, from, THERE)).redirects(Counter::FromMesh, out(kind, from))
    };
    let seen = packet(Kind::Udp, BACK, THERE, (NODE, AWAY), 63);
    let complaint = |macs| error(macs, NODE, CLIENT, 63, (&seen, 28));
    vec![
        goes_out("an answer by the mesh goes out to its client as it is", SYN_ACK, (NODE, AWAY)),
        goes_out("a datagram goes out so, too", Kind::Udp, (NODE, AWAY)),
        goes_out("so does one from another address of the host", ACK, (OTHER, AWAY)),
        comes("so does an error about a question", &complaint((mac(NODE), mac(GATEWAY))))
            .redirects(Counter::FromMesh, complaint(BACK)),
    ]
}

fn not_home() -> Vec<Row> {
    let drops = |sentence, inner: &[u8], reason| comes(sentence, inner).becomes(inner).drops(reason);
    let large = sized((mac(NODE), mac(GATEWAY)), (NODE, AWAY), (NARROW, 6000), 1281, 63);
    let foreign = came_home(ACK, ([203, 0, 113, 77], AWAY), THERE);
    vec![
        drops("nobody answers under an address that is not the host's", &foreign, DropReason::NotOurs),
        drops(
            "nor from a port that is none of the mesh",
            &came_home(ACK, (NODE, 80), THERE),
            DropReason::NotOurs,
        ),
        drops(
            "an answer to a client that there is no way to is dropped",
            &came_home(ACK, (NODE, AWAY), (CLOSED, 6000)),
            DropReason::NoRoute,
        ),
        drops(
            "nor does one go into a container of this node",
            &came_home(ACK, (NODE, AWAY), (SENDER, 6000)),
            DropReason::NoRoute,
        ),
        drops("an answer that does not fit on its way is dropped", &large, DropReason::TooBig),
    ]
}
