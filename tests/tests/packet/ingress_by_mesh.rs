//! Rows: what another node has received for a port of the mesh, and sends to a backend of this one.

use causeway::kernel::Hook;
use causeway_common::{Counter, DropReason, Ipv4, MESH_VNI, Mac, Road};
use causeway_tests::dataplane::{
    ingress::{MINE, NEAR},
    packets::{from_node_1, ip, to_node_1},
    translated::{ACK, Kind, RST, SYN, error, frame, packet, with_options},
    world::{FAR, FAR_VTEP, GATEWAY, NEIGHBOUR, NOBODY, SENDER, mac},
};
use etherparse::{IpNumber, Ipv4Header};

use crate::{ingress::THERE, row::Row};

fn row(sentence: &'static str, inner: &[u8]) -> Row {
    Row::new(Hook::FromUplink, sentence, from_node_1(MESH_VNI, inner)).ingress()
}

/// The MAC that names a backend's address and asks for its conversation.
pub(crate) fn asking(addr: Ipv4) -> Mac {
    [0x02, 0x43, addr[0], addr[1], addr[2], addr[3]]
}

/// The MAC that says of whom a conversation is not.
pub(crate) fn unknown_to(addr: Ipv4) -> Mac {
    [0x02, 0x44, addr[0], addr[1], addr[2], addr[3]]
}

/// MACs of what goes to a backend by the mesh.
pub(crate) fn to(addr: Ipv4) -> (Mac, Mac) {
    (mac(addr), mac(addr))
}

/// From the client to node 1's port, on its way to NEIGHBOUR.
fn inner(kind: Kind) -> Vec<u8> {
    packet(kind, to(NEIGHBOUR), THERE, (FAR_VTEP, NEAR), 64)
}

/// What NEIGHBOUR gets of it.
fn got(kind: Kind) -> Vec<u8> {
    packet(kind, (mac(NEIGHBOUR), mac(GATEWAY)), THERE, (NEIGHBOUR, 80), 63)
}

pub(crate) fn rows() -> Vec<Row> {
    [received(), asked(), not_received(), clamped(), errors()].into_iter().flatten().collect()
}

fn received() -> Vec<Row> {
    let takes = |sentence, kind| row(sentence, &inner(kind)).redirects(Counter::FromMesh, got(kind));
    let neighbour = packet(SYN, to(NEIGHBOUR), (FAR, 6000), (FAR_VTEP, NEAR), 64);
    let by_gateway = packet(SYN, (mac(NEIGHBOUR), mac(GATEWAY)), (GATEWAY, 6000), (NEIGHBOUR, 80), 63);
    vec![
        takes("a backend sees the client that another node has heard", SYN),
        takes("so it does of a datagram", Kind::Udp),
        takes("so it does of one without checksum", Kind::UdpUnchecked),
        takes("the middle of a connection that nobody remembers reaches the backend", ACK),
        takes("so does its end", Kind::Tcp(17)),
        takes("the second packet goes where the first went", ACK)
            .given(Hook::FromUplink, from_node_1(MESH_VNI, &inner(SYN))),
        row("another backend of this node that is named now gets it", &inner(SYN))
            .given(
                Hook::FromUplink,
                from_node_1(MESH_VNI, &packet(SYN, to(SENDER), THERE, (FAR_VTEP, NEAR), 64)),
            )
            .redirects(Counter::FromMesh, got(SYN)),
        row("a neighbour that comes by another node comes from the gateway", &neighbour)
            .redirects(Counter::FromMesh, by_gateway),
    ]
}

fn asked() -> Vec<Row> {
    let asks = |kind| packet(kind, (mac(NEIGHBOUR), asking(NEIGHBOUR)), THERE, (FAR_VTEP, NEAR), 64);
    let back = |kind| packet(kind, (mac(FAR_VTEP), unknown_to(NEIGHBOUR)), THERE, (FAR_VTEP, NEAR), 64);
    vec![
        row("a backend that is asked for a conversation that it has gets it", &asks(ACK))
            .given(Hook::FromUplink, from_node_1(MESH_VNI, &inner(SYN)))
            .redirects(Counter::FromMesh, got(ACK)),
        row("one that has it not sends it back", &asks(ACK))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back(ACK))),
        row("so it does with a datagram", &asks(Kind::Udp))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back(Kind::Udp))),
    ]
}

fn not_received() -> Vec<Row> {
    let drops = |sentence, inner: &[u8], reason| row(sentence, inner).becomes(inner).drops(reason);
    let away = packet(SYN, to(FAR), THERE, (FAR_VTEP, NEAR), 64);
    let gone = packet(SYN, to(NOBODY), THERE, (FAR_VTEP, NEAR), 64);
    let other_mac = packet(SYN, (mac(SENDER), mac(NEIGHBOUR)), THERE, (FAR_VTEP, NEAR), 64);
    let no_port = packet(SYN, to(NEIGHBOUR), THERE, (FAR_VTEP, 80), 64);
    let other_protocol = packet(Kind::Udp, to(SENDER), THERE, (FAR_VTEP, MINE), 64);
    let first = Ipv4Header { more_fragments: true, ..ip(THERE.0, FAR_VTEP) };
    let first = causeway_tests::dataplane::translated::under(Kind::Udp, to(NEIGHBOUR), first, (6000, NEAR));
    let tunnel = Ipv4Header { protocol: IpNumber(47), ..ip(THERE.0, FAR_VTEP) };
    let dying = packet(SYN, to(NEIGHBOUR), THERE, (FAR_VTEP, NEAR), 1);
    vec![
        drops("a backend elsewhere is not reached by this node", &away, DropReason::NoBackend),
        drops("nor is one that is gone", &gone, DropReason::NoBackend),
        drops("nor one by the MAC of another", &other_mac, DropReason::NoBackend),
        drops("the mesh leads to its ports, and to no others", &no_port, DropReason::NotOurs),
        drops("nor to one of another protocol", &other_protocol, DropReason::NotOurs),
        drops("a reset by the mesh begins nothing", &inner(RST), DropReason::NoFlow),
        drops("a fragment for a port of the mesh ends here", &first, DropReason::Fragment),
        drops(
            "so does what has no ports",
            &frame(to(NEIGHBOUR), tunnel, &[7; 8]),
            DropReason::Untranslatable,
        ),
        drops("so does what has no hop left", &dying, DropReason::TtlExpired),
        drops("without its program nothing comes out of the mesh", &inner(SYN), DropReason::NoProgram)
            .without(Road::OutOfMesh),
    ]
}

/// NOP, and a maximum segment size.
const fn size(bytes: u16) -> [u8; 8] {
    let [high, low] = bytes.to_be_bytes();
    [1, 2, 4, high, low, 1, 1, 1]
}

fn clamped() -> Vec<Row> {
    let asks = |bytes| with_options(2, to(NEIGHBOUR), ip(THERE.0, FAR_VTEP), (THERE.1, NEAR), &size(bytes));
    let gets = |bytes| {
        let header = Ipv4Header { time_to_live: 63, ..ip(THERE.0, NEIGHBOUR) };
        with_options(2, (mac(NEIGHBOUR), mac(GATEWAY)), header, (THERE.1, 80), &size(bytes))
    };
    vec![
        row("a connection asks for segments that fit into the mesh, whatever its client takes", &asks(1460))
            .redirects(Counter::FromMesh, gets(1410)),
        row("one that asks for smaller ones gets them", &asks(536)).redirects(Counter::FromMesh, gets(536)),
    ]
}

fn errors() -> Vec<Row> {
    let router = [203, 0, 113, 1];
    let answer = packet(Kind::Udp, to(NEIGHBOUR), (FAR_VTEP, NEAR), THERE, 63);
    let about = |macs| error(macs, router, FAR_VTEP, 64, (&answer, 28));
    let own = packet(Kind::Udp, to(NEIGHBOUR), (NEIGHBOUR, 80), THERE, 63);
    let seen = error((mac(NEIGHBOUR), mac(GATEWAY)), router, NEIGHBOUR, 63, (&own, 28));
    let back = about((mac(FAR_VTEP), unknown_to(NEIGHBOUR)));
    vec![
        row("an error about an answer reaches the backend by the mesh", &about(to(NEIGHBOUR)))
            .given(Hook::FromUplink, from_node_1(MESH_VNI, &inner(Kind::Udp)))
            .redirects(Counter::FromMesh, seen),
        row("one about what it never said is dropped", &about(to(NEIGHBOUR)))
            .becomes(&about(to(NEIGHBOUR)))
            .drops(DropReason::NoFlow),
        row("unless it was asked: then it goes back", &about((mac(NEIGHBOUR), asking(NEIGHBOUR))))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
    ]
}
