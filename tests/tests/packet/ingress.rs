//! Rows: what comes from outside for a port of the mesh, where its rings are settled.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Counter, DropReason, Ingress, MESH_VNI, Mac, Road, Settings};
use causeway_tests::dataplane::{
    ingress::{self, AWAY, CHOSEN, CUT, EMPTY, MINE, NEAR, PLACED},
    local::{CLIENT, NODE, OTHER, ROUTER_MAC, UNWELCOME},
    packets::{PAYLOAD, ip, to_node_1},
    translated::{
        ACK, At, Kind, RST, SYN, carrying, error, expired, frame, packet, reset, too_big, under, unreachable,
    },
    world::{FAR, GATEWAY, NEIGHBOUR, SENDER, UPLINK_MAC, mac},
};
use etherparse::Ipv4Header;

use crate::{
    inward::{IN, came, got},
    row::Row,
};

/// The client's end.
pub(crate) const THERE: At = (CLIENT, 6000);
/// MACs of what goes back by the uplink.
pub(crate) const BACK: (Mac, Mac) = (ROUTER_MAC, UPLINK_MAC);
/// MACs of what goes to FAR by the mesh.
pub(crate) const TO_FAR: (Mac, Mac) = (mac(FAR), mac(FAR));

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromUplink, sentence, packet).ingress()
}

pub(crate) fn rows() -> Vec<Row> {
    [away(), here(), refused(), not_ours(), told(), errors()].into_iter().flatten().collect()
}

/// From the client to a port of this node.
pub(crate) fn asks(kind: Kind, port: u16) -> Vec<u8> {
    came(kind, THERE, (NODE, port))
}

fn away() -> Vec<Row> {
    let travels = |sentence, kind| {
        let inner = packet(kind, TO_FAR, THERE, (NODE, AWAY), 64);
        row(sentence, asks(kind, AWAY)).encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &inner))
    };
    vec![
        travels("a connection to a port of the mesh travels as it is to its backend's node", SYN),
        travels("a datagram travels so, too", Kind::Udp),
        travels("and one without checksum", Kind::UdpUnchecked),
        travels("so does the middle of a connection that this node has never seen", ACK),
        travels("so does its reset", RST),
        row("a port that is published at an address answers there", came(SYN, THERE, (OTHER, PLACED)))
            .encapsulates_as(
                Counter::ToMesh,
                to_node_1(MESH_VNI, &packet(SYN, TO_FAR, THERE, (OTHER, PLACED), 64)),
            ),
        row("the backend's node must be known", asks(SYN, CUT)).drops(DropReason::NoNode),
    ]
}

fn here() -> Vec<Row> {
    let client = |kind, at: At| got(kind, THERE, at);
    let reaches = |sentence, kind| {
        row(sentence, asks(kind, NEAR)).redirects(Counter::FromOutside, client(kind, (NEIGHBOUR, 80)))
    };
    vec![
        reaches("a port's backend on this node sees its client's address", SYN),
        reaches("it sees that of a datagram, too", Kind::Udp),
        reaches("the middle of a connection that nobody remembers begins one", ACK),
        reaches("so does its end, which the backend resets", Kind::Tcp(17)),
        reaches("the next packet goes where the first went", ACK).given(Hook::FromUplink, asks(SYN, NEAR)),
        row("the port is there on each of the host's addresses", came(SYN, THERE, (OTHER, MINE)))
            .redirects(Counter::FromOutside, client(SYN, (SENDER, 80))),
        row("it is open to a source in its list", asks(SYN, CHOSEN))
            .redirects(Counter::FromOutside, client(SYN, (NEIGHBOUR, 80))),
        row("a reset that belongs to nothing begins nothing", asks(RST, NEAR)).drops(DropReason::NoFlow),
    ]
}

fn refused() -> Vec<Row> {
    let first = Ipv4Header { more_fragments: true, ..ip(CLIENT, NODE) };
    let datagram = asks(Kind::Udp, EMPTY);
    let text = u32::try_from(PAYLOAD.len()).expect("it is short");
    vec![
        row("a connection to a port without live backend is reset at once", asks(SYN, EMPTY))
            .comes_back_refused(reset(BACK, (NODE, EMPTY), THERE, (0, Some(1001 + text)))),
        row("so is the middle of one", asks(ACK, EMPTY)).comes_back_refused(reset(
            BACK,
            (NODE, EMPTY),
            THERE,
            (0, None),
        )),
        row("so is its end, and what it takes of the sequence is counted", asks(Kind::Tcp(1), EMPTY))
            .comes_back_refused(reset(BACK, (NODE, EMPTY), THERE, (0, Some(1001 + text)))),
        row("another service's backend that the ring names is nobody", asks(SYN, AWAY))
            .after(ingress::put(AWAY, Ingress { number: 99, ..ingress::of(2) }))
            .comes_back_refused(reset(BACK, (NODE, AWAY), THERE, (0, Some(1001 + text)))),
        row("a reset is not answered", asks(RST, EMPTY)).drops(DropReason::NoBackend),
        row("the sender of a datagram hears that the port is not reached", datagram.clone())
            .comes_back_refused(unreachable(BACK, NODE, CLIENT, &datagram)),
        row("who is not in the list of sources is refused", came(SYN, (UNWELCOME, 6000), (NODE, CHOSEN)))
            .drops(DropReason::SourceRefused),
        row("a first fragment for a port of the mesh is refused", under(Kind::Udp, IN, first, (6000, AWAY)))
            .drops(DropReason::Fragment),
    ]
}

/// What the host gets, untouched and uncounted.
fn not_ours() -> Vec<Row> {
    let closed = Settings { flags: 0, ..ingress::settings() };
    vec![
        row("another protocol's port is the host's", came(Kind::Udp, THERE, (NODE, MINE))),
        row(
            "a port of the mesh at no address of the host is nobody's",
            came(SYN, THERE, ([198, 51, 100, 77], AWAY)),
        ),
        row("a port that is published elsewhere alone is the host's here", asks(SYN, PLACED)),
        row("nor is it at a loopback address", came(SYN, THERE, ([127, 0, 0, 1], AWAY))),
        row("without the program that looks at them such ports are the host's", asks(SYN, AWAY))
            .without(Road::ToBackend),
        row("so they are where the settings know of none", asks(SYN, AWAY)).after(Step::PutSettings(closed)),
    ]
}

/// A packet for a port, of so many bytes.
fn sized(kind: Kind, port: u16, bytes: u16) -> Vec<u8> {
    let headers = if matches!(kind, Kind::Udp) { 28 } else { 40 };
    carrying(kind, IN, ip(CLIENT, NODE), (THERE.1, port), &vec![7; usize::from(bytes) - headers])
}

fn told() -> Vec<Row> {
    let dying = |port| packet(SYN, IN, THERE, (NODE, port), 1);
    let large = |kind| sized(kind, AWAY, 1451);
    let largest = sized(ACK, AWAY, 1450);
    let mut inner = largest.clone();
    inner[..6].copy_from_slice(&TO_FAR.0);
    inner[6..12].copy_from_slice(&TO_FAR.1);
    vec![
        row("a client whose packet's hops end here hears of it", dying(AWAY)).comes_back_expired(expired(
            BACK,
            NODE,
            CLIENT,
            &dying(AWAY),
        )),
        row("so it does where the backend is here", dying(NEAR)).comes_back_expired(expired(
            BACK,
            NODE,
            CLIENT,
            &dying(NEAR),
        )),
        row("what just fits into the mesh travels", largest)
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &inner)),
        row("of what does not its sender is told what fits, fragments or not", large(ACK))
            .comes_back_too_big(too_big(BACK, NODE, CLIENT, 1450, &large(ACK))),
        row("so is a datagram's", large(Kind::Udp)).comes_back_too_big(too_big(
            BACK,
            NODE,
            CLIENT,
            1450,
            &large(Kind::Udp),
        )),
    ]
}

fn errors() -> Vec<Row> {
    let router = [198, 51, 100, 254];
    let answer = |port| packet(Kind::Udp, BACK, (NODE, port), THERE, 63);
    let about = |port| error(IN, router, NODE, 64, (&answer(port), 28));
    let own = packet(Kind::Udp, BACK, (NEIGHBOUR, 80), THERE, 63);
    let seen = error((mac(NEIGHBOUR), mac(GATEWAY)), router, NEIGHBOUR, 63, (&own, 28));
    let travels = error(TO_FAR, router, NODE, 64, (&answer(AWAY), 28));
    let echo = frame(IN, Ipv4Header { protocol: etherparse::IpNumber::ICMP, ..ip(router, NODE) }, &[3; 8]);
    vec![
        row("an error about an answer travels to its backend's node", about(AWAY))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &travels)),
        row("one about an answer of a backend here reaches it", about(NEAR))
            .given(Hook::FromUplink, asks(Kind::Udp, NEAR))
            .redirects(Counter::FromOutside, seen),
        row("one about what was never said is the host's", about(NEAR)),
        row("so is one about a port without backend", about(EMPTY)),
        row("so is one that quotes nothing", echo),
    ]
}
