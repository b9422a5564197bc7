//! Rows: what becomes of conversations with a port of the mesh while its backends change.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{
    Counter, DropReason, Ipv4, MESH_VNI,
    ingress::TRACKED,
    service::{ACTIVE, DRAINING},
};
use causeway_tests::dataplane::{
    ingress::{MOVED, backend, rings, slot},
    local::NODE,
    packets::{from_node_1, to_node_1},
    translated::{ACK, Kind, SYN, error, packet, reset},
    world::{FAR, NEIGHBOUR, ROUTED, mac},
};

use crate::{
    ingress::{BACK, THERE, asks},
    ingress_by_mesh::{asking, to, unknown_to},
    inward::{IN, got},
    row::Row,
};

/// A backend, and what it does with conversations.
type Live = Option<(Ipv4, u16)>;

const FAR_LIVE: Live = Some((FAR, ACTIVE));
const FAR_DRAINS: Live = Some((FAR, DRAINING));
const HERE_LIVE: Live = Some((NEIGHBOUR, ACTIVE));
const HERE_DRAINS: Live = Some((NEIGHBOUR, DRAINING));
/// All zero: gone.
const FAR_GONE: Live = Some((FAR, 0));

pub(crate) fn rows() -> Vec<Row> {
    [from_far(), from_here(), drained(), tracked(), unknown()].into_iter().flatten().collect()
}

/// A client's packet for the port, which leads from the one to the other.
fn row(sentence: &'static str, kind: Kind, current: Live, before: Live) -> Row {
    with(Row::new(Hook::FromUplink, sentence, asks(kind, MOVED)), current, before, 0)
}

fn with(row: Row, current: Live, before: Live, flags: u16) -> Row {
    rings(current, before, flags).into_iter().fold(row.ingress(), Row::after)
}

/// The packet as it goes to FAR; it may be asked.
fn goes(kind: Kind, asks: bool) -> Vec<u8> {
    let from = if asks { asking(FAR) } else { mac(FAR) };
    to_node_1(MESH_VNI, &packet(kind, (mac(FAR), from), THERE, (NODE, MOVED), 64))
}

/// The packet as the backend here gets it.
fn here(kind: Kind) -> Vec<u8> {
    got(kind, THERE, (NEIGHBOUR, 80))
}

fn from_far() -> Vec<Row> {
    let moves = |sentence, kind| row(sentence, kind, HERE_LIVE, FAR_DRAINS);
    vec![
        moves("what begins while backends change goes to the new one", SYN)
            .redirects(Counter::FromOutside, here(SYN)),
        moves("what goes on is asked of the one before", ACK)
            .encapsulates_as(Counter::ToMesh, goes(ACK, true)),
        moves("so is a datagram", Kind::Udp).encapsulates_as(Counter::ToMesh, goes(Kind::Udp, true)),
        moves("who was asked gets the next packets, too", ACK)
            .given(Hook::FromUplink, asks(ACK, MOVED))
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
        moves("what has begun with the new one goes on there", ACK)
            .given(Hook::FromUplink, asks(SYN, MOVED))
            .redirects(Counter::FromOutside, here(ACK)),
        moves("a tuple that is used again begins with the new one", SYN)
            .given(Hook::FromUplink, asks(ACK, MOVED))
            .redirects(Counter::FromOutside, here(SYN)),
        row("where the one before is gone the new one answers for it", ACK, HERE_LIVE, FAR_GONE)
            .redirects(Counter::FromOutside, here(ACK)),
        row("where both rings name the same one nobody is asked", ACK, FAR_LIVE, FAR_LIVE)
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
    ]
}

fn from_here() -> Vec<Row> {
    let moves = |sentence, kind| row(sentence, kind, FAR_LIVE, HERE_DRAINS);
    vec![
        moves("a conversation that a backend here has stays with it", ACK)
            .given(
                Hook::FromUplink,
                from_node_1(MESH_VNI, &packet(SYN, to(NEIGHBOUR), THERE, (NODE, MOVED), 64)),
            )
            .redirects(Counter::FromOutside, here(ACK)),
        moves("one that it has not is the new one's", ACK).encapsulates_as(Counter::ToMesh, goes(ACK, false)),
        moves("which gets its next packets, too", ACK)
            .given(Hook::FromUplink, asks(ACK, MOVED))
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
    ]
}

fn drained() -> Vec<Row> {
    let router = [198, 51, 100, 254];
    let answer = packet(Kind::Udp, BACK, (NODE, MOVED), THERE, 63);
    let about = |macs| error(macs, router, NODE, 64, (&answer, 28));
    vec![
        row("where all drain what goes on goes on", ACK, None, FAR_DRAINS)
            .encapsulates_as(Counter::ToMesh, goes(ACK, true)),
        row("and what would begin is refused", SYN, None, FAR_DRAINS).comes_back_refused(reset(
            BACK,
            (NODE, MOVED),
            THERE,
            (0, Some(1018)),
        )),
        with(
            Row::new(Hook::FromUplink, "an error goes where its conversation goes", about(IN)),
            HERE_LIVE,
            FAR_DRAINS,
            0,
        )
        .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &about((mac(FAR), asking(FAR))))),
    ]
}

/// FAR's entry as a backend.
fn far_is(flags: u16) -> Step {
    Step::PutBackend(slot(FAR_LIVE).into(), backend(FAR, flags))
}

fn tracked() -> Vec<Row> {
    let settled = |flags| rings(FAR_LIVE, None, flags);
    let row = |sentence| {
        row(sentence, ACK, FAR_LIVE, HERE_DRAINS)
            .given(Hook::FromUplink, asks(SYN, MOVED))
            .then(rings(HERE_LIVE, FAR_DRAINS, 0))
    };
    vec![
        row("what is tracked stays where it is when the next change comes")
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
        row("also when rings have settled")
            .then(rings(HERE_LIVE, None, TRACKED))
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
        row("once nothing is tracked any more the ring alone decides")
            .then(rings(HERE_LIVE, None, 0))
            .redirects(Counter::FromOutside, here(ACK)),
        row("who is tracked with a backend that is gone goes by the rings")
            .then(rings(HERE_LIVE, FAR_GONE, TRACKED))
            .redirects(Counter::FromOutside, here(ACK)),
        row("a tuple of one that is gone, used again, is not led to who has its index by then")
            .then(rings(HERE_LIVE, HERE_LIVE, 0))
            .then([far_is(0)])
            .given(Hook::FromUplink, asks(SYN, MOVED))
            .then([far_is(ACTIVE)])
            .redirects(Counter::FromOutside, here(ACK)),
        row("nothing is tracked of a port that leads elsewhere altogether")
            .then(settled(0))
            .encapsulates_as(Counter::ToMesh, goes(ACK, false)),
    ]
}

fn unknown() -> Vec<Row> {
    let back = |kind| packet(kind, (mac(NODE), unknown_to(FAR)), THERE, (NODE, MOVED), 64);
    let comes = |sentence, kind, current, before| {
        let row = Row::new(Hook::FromUplink, sentence, from_node_1(MESH_VNI, &back(kind)));
        with(row, current, before, 0)
    };
    let again = |kind| packet(kind, to(FAR), THERE, (NODE, MOVED), 64);
    let dropped = back(ACK);
    let then_next = Row::new(Hook::FromUplink, "which has its next packets, too", asks(ACK, MOVED));
    vec![
        comes("what the one before does not know is the new one's", ACK, HERE_LIVE, FAR_DRAINS)
            .redirects(Counter::FromOutside, here(ACK)),
        comes("also where that is elsewhere", Kind::Udp, FAR_LIVE, Some((ROUTED, DRAINING)))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &again(Kind::Udp))),
        with(then_next, HERE_LIVE, FAR_DRAINS, 0)
            .given(Hook::FromUplink, asks(ACK, MOVED))
            .given(Hook::FromUplink, from_node_1(MESH_VNI, &back(ACK)))
            .redirects(Counter::FromOutside, here(ACK)),
        comes("without a new one it is lost", ACK, None, FAR_DRAINS)
            .becomes(&dropped)
            .drops(DropReason::NoBackend),
    ]
}
