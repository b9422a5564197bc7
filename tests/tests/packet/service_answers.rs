//! Rows: what comes to a container that has asked services.

use causeway::kernel::Hook;
use causeway_common::{Counter, DropReason, Road};
use causeway_tests::dataplane::{
    packets::{from_far, from_node_1, ip},
    services::{OWN, THERE},
    translated::{Kind, SYN, SYN_ACK, error, packet, under},
    world::{FAR, GATEWAY, SENDER, VNI, mac},
};
use etherparse::Ipv4Header;

use crate::{
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
    service::got,
};

/// A packet of node 1's container to the sender, which has asked the service that it is the backend of.
fn row(sentence: &'static str, kind: Kind, inner: &[u8]) -> Row {
    Row::new(Hook::FromUplink, sentence, from_node_1(VNI, inner))
        .services()
        .given(Hook::FromContainer, sent(kind, (THERE, 80)))
}

/// From the backend to the sender.
fn answer(kind: Kind, port: u16) -> Vec<u8> {
    packet(kind, (mac(SENDER), mac(FAR)), (FAR, port), (SENDER, OWN_PORT), 64)
}

/// The same as it reaches the sender.
fn from_vip(kind: Kind) -> Vec<u8> {
    packet(kind, (mac(SENDER), mac(GATEWAY)), (THERE, 80), (SENDER, OWN_PORT), 63)
}

pub(crate) fn rows() -> Vec<Row> {
    let first = Ipv4Header { more_fragments: true, ..ip(FAR, SENDER) };
    let first = under(Kind::Udp, (mac(SENDER), mac(FAR)), first, (80, OWN_PORT));
    let last_hop = packet(SYN_ACK, (mac(SENDER), mac(FAR)), (FAR, 80), (SENDER, OWN_PORT), 1);
    let quoted = packet(Kind::Udp, to_gateway(), (SENDER, OWN_PORT), (THERE, 80), 63);
    let complaint = error((mac(SENDER), mac(FAR)), FAR, SENDER, 64, (&got(Kind::Udp, (FAR, 80)), 28));
    let heard = error((mac(SENDER), mac(GATEWAY)), THERE, SENDER, 63, (&quoted, 28));
    let own = packet(SYN_ACK, to_gateway(), (SENDER, 80), (GATEWAY, OWN_PORT), 64);
    let from_own = packet(SYN_ACK, (mac(SENDER), mac(GATEWAY)), (OWN, 80), (SENDER, OWN_PORT), 63);
    vec![
        row("a backend's answer comes from its service", SYN, &answer(SYN_ACK, 80))
            .redirects(Counter::ToClient, from_vip(SYN_ACK)),
        row("so does the answer to a datagram", Kind::Udp, &answer(Kind::Udp, 80))
            .redirects(Counter::ToClient, from_vip(Kind::Udp)),
        row("so does one without checksum", Kind::Udp, &answer(Kind::UdpUnchecked, 80))
            .redirects(Counter::ToClient, from_vip(Kind::UdpUnchecked)),
        row("a backend's error about a datagram comes from its service", Kind::Udp, &complaint)
            .redirects(Counter::ToClient, heard),
        row("what a backend says besides stays as it is", SYN, &answer(SYN_ACK, 81))
            .redirects(Counter::FromNode, answer(SYN_ACK, 81)),
        row("so does what others say", SYN, &from_far(SENDER)).redirects(Counter::FromNode, from_far(SENDER)),
        row("an answer in fragments is refused", Kind::Udp, &first)
            .becomes(&first)
            .drops(DropReason::Fragment),
        row("an answer whose hops ran out is dropped", SYN, &last_hop)
            .becomes(&last_hop)
            .drops(DropReason::TtlExpired),
        row("without its program no answer comes in", SYN, &answer(SYN_ACK, 80))
            .becomes(&answer(SYN_ACK, 80))
            .without(Road::ToClient)
            .drops(DropReason::NoProgram),
        Row::new(Hook::FromContainer, "who is its own backend hears the service", own)
            .services()
            .given(Hook::FromContainer, sent(SYN, (OWN, 80)))
            .redirects(Counter::ToClient, from_own),
    ]
}
