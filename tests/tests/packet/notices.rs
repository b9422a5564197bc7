//! Rows: what senders are told of packets that cannot go on, beyond networks.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Attachment, Counter, DropReason, Mac};
use causeway_tests::dataplane::{
    local::{self, CLIENT, NODE, OWN, PORT, ROUTER_MAC, WEB},
    packets::ip,
    translated::{Kind, SYN, SYN_ACK, carrying, error, expired, packet, too_big},
    world::{GATEWAY, MTU, NEIGHBOUR, SENDER, UPLINK_MAC, mac},
};
use etherparse::Ipv4Header;

use crate::{
    inward::{IN, came},
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
};

/// The client's port.
const THERE: u16 = 6000;
/// MACs of what goes back by the uplink.
const BACK: (Mac, Mac) = (ROUTER_MAC, UPLINK_MAC);
/// MACs of what goes back to the sender's container.
const HOME: (Mac, Mac) = (mac(SENDER), mac(GATEWAY));

fn out(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet).local()
}

fn inward(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromUplink, sentence, packet).local()
}

pub(crate) fn rows() -> Vec<Row> {
    [from_containers(), from_outside(), sizes()].into_iter().flatten().collect()
}

fn from_containers() -> Vec<Row> {
    let dying = |kind| packet(kind, to_gateway(), (SENDER, OWN_PORT), (CLIENT, 80), 1);
    let told = |sentence, kind| {
        out(sentence, dying(kind)).comes_back_expired(expired(HOME, GATEWAY, SENDER, &dying(kind)))
    };
    let got = packet(SYN, HOME, (CLIENT, 80), (SENDER, 7), 63);
    let complaint = error(to_gateway(), SENDER, CLIENT, 1, (&got, 28));
    vec![
        told("a connection with one hop left hears of it from the gateway", SYN),
        told("so does a datagram, by which routes are traced", Kind::Udp),
        told("so does an echo", Kind::Echo),
        out("of a dying error nothing is said", complaint)
            .given(Hook::FromUplink, came(SYN, (CLIENT, 80), (NODE, OWN)))
            .drops(DropReason::TtlExpired),
    ]
}

fn from_outside() -> Vec<Row> {
    let dying = |kind, from, to| packet(kind, IN, from, to, 1);
    let asked = dying(SYN, (CLIENT, THERE), (NODE, WEB));
    let answer = dying(SYN_ACK, (CLIENT, 80), (NODE, PORT));
    vec![
        inward("a client with one hop left hears of it from whom it talked to", asked.clone())
            .comes_back_expired(expired(BACK, NODE, CLIENT, &asked)),
        inward("so does who answers a container", answer.clone())
            .given(Hook::FromContainer, sent(SYN, (CLIENT, 80)))
            .comes_back_expired(expired(BACK, NODE, CLIENT, &answer)),
    ]
}

/// A datagram of so many bytes.
fn sized(macs: (Mac, Mac), header: Ipv4Header, ports: (u16, u16), bytes: u16) -> Vec<u8> {
    carrying(Kind::Tcp(16), macs, header, ports, &vec![7; usize::from(bytes) - 40])
}

fn sizes() -> Vec<Row> {
    let whole = Ipv4Header { dont_fragment: true, ..ip(CLIENT, NODE) };
    let came = |header: &Ipv4Header, bytes| sized(IN, header.clone(), (THERE, WEB), bytes);
    let got = |dont_fragment, bytes| {
        let header = Ipv4Header { dont_fragment, time_to_live: 63, ..ip(CLIENT, NEIGHBOUR) };
        sized((mac(NEIGHBOUR), mac(GATEWAY)), header, (THERE, 80), bytes)
    };
    let large = came(&whole, MTU + 1);
    let hairpin = Ipv4Header { dont_fragment: true, ..ip(SENDER, NODE) };
    let hairpin = sized(to_gateway(), hairpin, (OWN_PORT, WEB), 1281);
    let narrow = Attachment { addr: NEIGHBOUR, mac: mac(NEIGHBOUR), mtu: 1280, ..local::sender() };
    vec![
        inward("a client's packet of the container's MTU reaches it", came(&whole, MTU))
            .redirects(Counter::FromOutside, got(true, MTU)),
        inward("of a larger one the client is told what fits", large.clone())
            .comes_back_too_big(too_big(BACK, NODE, CLIENT, MTU, &large)),
        inward("one that may be fragmented is taken whole", came(&ip(CLIENT, NODE), MTU + 1))
            .redirects(Counter::FromOutside, got(false, MTU + 1)),
        out("a neighbour by a published port is told what its container takes", hairpin.clone())
            .after(Step::PutAttachment(77, narrow))
            .comes_back_too_big(too_big(HOME, GATEWAY, SENDER, 1280, &hairpin)),
    ]
}
