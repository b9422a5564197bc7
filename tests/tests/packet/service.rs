//! Rows: what a container sends to a service, packet by packet.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Backend, Counter, DropReason, Ipv4, Mac, Road, service::DRAINING};
use causeway_tests::dataplane::{
    packets::{ip, is_at, to_node_1, who_has},
    services::{self, GONE, HERE, LED_PORT, NOBODYS, OWN, STRANGERS, THERE, UNKNOWN},
    translated::{ACK, At, Kind, RST, SYN, error, expired, frame, packet, under},
    world::{FAR, GATEWAY, MTU, NEIGHBOUR, ROUTED, SENDER, VNI, mac},
};
use etherparse::{IpFragOffset, IpNumber, Ipv4Header};

use crate::{
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
};

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet).services()
}

/// What a backend gets of what the sender sent to its service.
pub(crate) fn got(kind: Kind, by: At) -> Vec<u8> {
    packet(kind, (mac(by.0), mac(GATEWAY)), (SENDER, OWN_PORT), by, 63)
}

/// A datagram of the socket that was led to a backend which is gone, by a MAC.
fn led(dst: Mac) -> Vec<u8> {
    packet(Kind::Udp, (dst, mac(SENDER)), (SENDER, OWN_PORT), (GONE, LED_PORT), 64)
}

/// The backend in a slot is gone, and another one is in the service's ring.
fn replaced(vip: Ipv4, index: u16, by: Ipv4, other: u16) -> Vec<Step> {
    let mut steps = vec![services::backend(other, by, 1), Step::PutBackend(index.into(), Backend::default())];
    steps.extend(services::ring(vip, VNI, other));
    steps
}

pub(crate) fn rows() -> Vec<Row> {
    [translated(), echoes(), changed(), led_elsewhere(), refused()].into_iter().flatten().collect()
}

fn translated() -> Vec<Row> {
    let here = |sentence, kind| {
        row(sentence, sent(kind, (HERE, 80))).redirects(Counter::ToService, got(kind, (NEIGHBOUR, 80)))
    };
    let there = to_node_1(VNI, &got(SYN, (FAR, 80)));
    let own = packet(SYN, (mac(SENDER), mac(GATEWAY)), (GATEWAY, OWN_PORT), (SENDER, 80), 63);
    vec![
        here("a connection to a service goes to its backend here", SYN),
        here("so does a datagram", Kind::Udp),
        here("so does a datagram without checksum", Kind::UdpUnchecked),
        here("a connection that was there before the table goes on to a backend", ACK),
        here("a second packet goes where the first went", SYN)
            .given(Hook::FromContainer, sent(SYN, (HERE, 80))),
        row("a connection to a service goes to its backend on another node", sent(SYN, (THERE, 80)))
            .encapsulates_as(Counter::ToService, there),
        row("who is its own backend hears from its gateway", sent(SYN, (OWN, 80)))
            .redirects(Counter::ToService, own),
    ]
}

fn echoes() -> Vec<Row> {
    let (asks, answers) = ((SENDER, OWN_PORT), (HERE, OWN_PORT));
    let back = packet(Kind::EchoReply, (mac(SENDER), mac(GATEWAY)), answers, asks, 64);
    let from_nobody = packet(Kind::EchoReply, (mac(SENDER), mac(GATEWAY)), (NOBODYS, OWN_PORT), asks, 64);
    vec![
        row("an echo for a service is answered on the spot", sent(Kind::Echo, answers))
            .redirects(Counter::EchoReply, back),
        row("so it is without a live backend", sent(Kind::Echo, (NOBODYS, OWN_PORT)))
            .redirects(Counter::EchoReply, from_nobody),
        row("an echo for another network's service is not", sent(Kind::Echo, (STRANGERS, 1)))
            .drops(DropReason::NoEndpoint),
        row("an answer to no echo is dropped", sent(Kind::EchoReply, answers)).drops(DropReason::NoFlow),
    ]
}

fn changed() -> Vec<Row> {
    let after = |sentence, kind| {
        row(sentence, sent(kind, (HERE, 80))).given(Hook::FromContainer, sent(kind, (HERE, 80)))
    };
    let gone = || replaced(HERE, 1, ROUTED, 7);
    let moved = got(Kind::Udp, (ROUTED, 80));
    vec![
        after("a backend that drains keeps its conversations", SYN)
            .then([services::backend(1, NEIGHBOUR, DRAINING)])
            .redirects(Counter::ToService, got(SYN, (NEIGHBOUR, 80))),
        after("a datagram to a backend that is gone goes to another one", Kind::Udp)
            .then(gone())
            .redirects(Counter::ToService, moved),
        after("a connection with a backend that is gone is over", SYN)
            .then(gone())
            .drops(DropReason::NoBackend),
        after("a backend whose container is gone is gone", SYN)
            .then([Step::DeleteEndpoint(causeway_common::EndpointKey { vni: VNI, addr: NEIGHBOUR })])
            .drops(DropReason::NoBackend),
    ]
}

fn led_elsewhere() -> Vec<Row> {
    let got =
        packet(Kind::Udp, (mac(NEIGHBOUR), mac(GATEWAY)), (SENDER, OWN_PORT), (NEIGHBOUR, LED_PORT), 63);
    let tcp = packet(SYN, (mac(GONE), mac(SENDER)), (SENDER, OWN_PORT), (GONE, LED_PORT), 64);
    let other = packet(Kind::Udp, (mac(GONE), mac(SENDER)), (SENDER, OWN_PORT), (GONE, 80), 64);
    let mut gateways = is_at(GONE);
    for at in [6, 22] {
        gateways[at..at + 6].copy_from_slice(&mac(GATEWAY));
    }
    vec![
        row("a datagram of a socket that was led to who is gone goes to another backend", led(mac(GONE)))
            .redirects(Counter::ToService, got.clone()),
        row("so does its next", led(mac(GONE)))
            .given(Hook::FromContainer, led(mac(GONE)))
            .redirects(Counter::ToService, got.clone()),
        row("so does one by the gateway", led(mac(GATEWAY))).redirects(Counter::ToService, got.clone()),
        row("so does the next by the gateway", led(mac(GATEWAY)))
            .given(Hook::FromContainer, led(mac(GATEWAY)))
            .redirects(Counter::ToService, got),
        row("who asks for a backend that is gone is told the gateway", who_has(GONE))
            .redirects(Counter::ArpReply, gateways),
        row("a connection to who is gone was led by nobody", tcp).drops(DropReason::NoEndpoint),
        row("so was a datagram for another port", other).drops(DropReason::NoEndpoint),
    ]
}

fn refused() -> Vec<Row> {
    let first = Ipv4Header { more_fragments: true, ..ip(SENDER, HERE) };
    let later =
        Ipv4Header { fragment_offset: IpFragOffset::try_new(8).expect("it fits"), ..ip(SENDER, HERE) };
    let tunnel = Ipv4Header { protocol: IpNumber(47), ..ip(SENDER, HERE) };
    let last_hop = packet(SYN, to_gateway(), (SENDER, OWN_PORT), (HERE, 80), 1);
    let complaint = error(to_gateway(), SENDER, HERE, 64, (&sent(SYN, (HERE, 80)), 28));
    vec![
        row("a service without a live backend refuses a connection", sent(SYN, (NOBODYS, 80)))
            .drops(DropReason::NoBackend),
        row("another network's service means nothing", sent(SYN, (STRANGERS, 80)))
            .drops(DropReason::NoEndpoint),
        row("an address of the pool without service is nobody's", sent(SYN, (UNKNOWN, 80)))
            .drops(DropReason::NoEndpoint),
        row("a reset begins no conversation with a service", sent(RST, (HERE, 80))).drops(DropReason::NoFlow),
        row("a first fragment for a service is refused", under(Kind::Udp, to_gateway(), first, (5000, 80)))
            .drops(DropReason::Fragment),
        row("so is a later one", under(Kind::Udp, to_gateway(), later, (5000, 80)))
            .drops(DropReason::Fragment),
        row("what has no ports cannot be sent to a service", frame(to_gateway(), tunnel, &[7; 8]))
            .drops(DropReason::Untranslatable),
        row("an error about a service's answer is dropped", complaint).drops(DropReason::NoFlow),
        row("the sender of a packet for a service hears where its hops ran out", last_hop.clone())
            .comes_back_expired(expired((mac(SENDER), mac(GATEWAY)), GATEWAY, SENDER, &last_hop)),
        row("a packet for a service that is too big is dropped", too_long()).drops(DropReason::TooBig),
        row("without its program nothing goes to services", sent(SYN, (HERE, 80)))
            .without(Road::ToService)
            .drops(DropReason::NoProgram),
    ]
}

/// One byte more than the network takes; it may be fragmented, so nobody is told.
fn too_long() -> Vec<u8> {
    let payload = vec![0; usize::from(MTU) - 27];
    causeway_tests::dataplane::translated::carrying(
        Kind::Udp,
        to_gateway(),
        ip(SENDER, HERE),
        (OWN_PORT, 80),
        &payload,
    )
}
