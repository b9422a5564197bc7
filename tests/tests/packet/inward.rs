//! Rows: what comes in from the outside, and the containers' answers to it.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Attachment, Counter, DropReason, Mac, Road, Settings, settings};
use causeway_tests::dataplane::{
    local::{self, CLIENT, LISTED, LOST, NAMES, NODE, OTHER, OWN, PORT, PRIVATE, ROUTER_MAC, UNWELCOME, WEB},
    packets::ip,
    translated::{ACK, At, Kind, RST, SYN, SYN_ACK, packet, under},
    world::{self, FAR_MAC, GATEWAY, NEIGHBOUR, SENDER, STRANGER, UPLINK_MAC, mac},
};
use etherparse::{IpFragOffset, Ipv4Header};

use crate::{
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
};

/// The client's port.
const THERE: u16 = 6000;
/// MACs of a packet from the router to the node.
pub(crate) const IN: (Mac, Mac) = (UPLINK_MAC, ROUTER_MAC);

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromUplink, sentence, packet).local()
}

/// From the outside to the node.
pub(crate) fn came(kind: Kind, from: At, to: At) -> Vec<u8> {
    packet(kind, IN, from, to, 64)
}

/// The same as a container of this node gets it.
pub(crate) fn got(kind: Kind, from: At, to: At) -> Vec<u8> {
    packet(kind, (mac(to.0), mac(GATEWAY)), from, to, 63)
}

pub(crate) fn rows() -> Vec<Row> {
    [answers(), published(), refused(), left_to_the_host(), answered(), full()]
        .into_iter()
        .flatten()
        .collect()
}

fn answers() -> Vec<Row> {
    let there = (CLIENT, 80);
    let own = (SENDER, OWN_PORT);
    let answer = |sentence, asked: Kind, answered: Kind| {
        row(sentence, came(answered, there, (NODE, PORT)))
            .given(Hook::FromContainer, sent(asked, there))
            .redirects(Counter::FromOutside, got(answered, there, own))
    };
    let echo = came(Kind::EchoReply, (CLIENT, PORT), (NODE, PORT));
    let echoed = got(Kind::EchoReply, (CLIENT, OWN_PORT), own);
    let plain = Attachment { flags: 0, ..local::sender() };
    let routes = Settings { flags: settings::ROUTES, ..local::settings() };
    vec![
        answer("the answer to a connection reaches the container", SYN, SYN_ACK),
        answer("the answer to a datagram reaches the container", Kind::Udp, Kind::Udp),
        answer("a datagram without checksum comes in without", Kind::Udp, Kind::UdpUnchecked),
        row("the answer to an echo reaches the container", echo)
            .given(Hook::FromContainer, sent(Kind::Echo, (CLIENT, OWN_PORT)))
            .redirects(Counter::FromOutside, echoed),
        answer("answers go on to come once the flow is an answered one", SYN, ACK)
            .given(Hook::FromUplink, came(SYN_ACK, there, (NODE, PORT)))
            .given(Hook::FromContainer, sent(ACK, there)),
        row("an answer to a container's own address reaches it", came(SYN_ACK, there, own))
            .after(Step::PutAttachment(world::SENDER_IFINDEX, plain))
            .after(Step::PutSettings(routes))
            .given(Hook::FromContainer, sent(SYN, there))
            .redirects(Counter::FromOutside, got(SYN_ACK, there, own)),
    ]
}

fn published() -> Vec<Row> {
    let client = (CLIENT, THERE);
    let reaches = |sentence, kind, at: At, to: At| {
        row(sentence, came(kind, client, at)).redirects(Counter::FromOutside, got(kind, client, to))
    };
    vec![
        reaches("a published port's container sees its client's address", SYN, (NODE, WEB), (NEIGHBOUR, 80)),
        reaches("so it does on the host's other address", SYN, (OTHER, WEB), (NEIGHBOUR, 80)),
        reaches(
            "a port published on one address is reached there",
            Kind::Udp,
            (NODE, NAMES),
            (NEIGHBOUR, 53),
        ),
        reaches("a source in the list reaches the port", SYN, (NODE, LISTED), (STRANGER, 443)),
        reaches("a client's next packet takes the same way", ACK, (NODE, WEB), (NEIGHBOUR, 80))
            .given(Hook::FromUplink, came(SYN, client, (NODE, WEB))),
        row(
            "a client's port that another of its conversations has is changed",
            came(SYN, client, (NODE, WEB)),
        )
        .after(Step::PutPublished(local::key(OTHER, 81, local::TCP), local::published(NEIGHBOUR, 80)))
        .given(Hook::FromUplink, came(SYN, client, (OTHER, 81)))
        .redirects(Counter::FromOutside, got(SYN, (CLIENT, PORT), (NEIGHBOUR, 80))),
    ]
}

fn refused() -> Vec<Row> {
    let client = (CLIENT, THERE);
    let first = Ipv4Header { more_fragments: true, ..ip(CLIENT, NODE) };
    vec![
        row("a source that is not in the list is refused", came(SYN, (UNWELCOME, THERE), (NODE, LISTED)))
            .drops(DropReason::SourceRefused),
        row("a published port without its container leads nowhere", came(SYN, client, (NODE, LOST)))
            .drops(DropReason::NoEndpoint),
        row("a first fragment for a published port is refused", under(Kind::Udp, IN, first, (THERE, NAMES)))
            .drops(DropReason::Fragment),
    ]
}

/// What the host gets, untouched and uncounted.
fn left_to_the_host() -> Vec<Row> {
    let client = (CLIENT, THERE);
    let later = Ipv4Header { fragment_offset: IpFragOffset::try_new(8).expect("small"), ..ip(CLIENT, NODE) };
    let stranger = came(SYN_ACK, (CLIENT, 81), (NODE, PORT));
    let elsewhere = packet(SYN, (FAR_MAC, ROUTER_MAC), client, (NODE, WEB), 64);
    vec![
        row("a port that is not published is the host's", came(SYN, client, (NODE, 22))),
        row("a port published on another address is the host's", came(Kind::Udp, client, (OTHER, NAMES))),
        row("a port published on 127.0.0.1 is not the outside's", came(SYN, client, (NODE, PRIVATE))),
        row("nor is it under that very address", came(SYN, client, ([127, 0, 0, 1], PRIVATE))),
        row("nor are those on every address under it", came(SYN, client, ([127, 0, 0, 1], WEB))),
        row("a packet through the host is not for its ports", came(SYN, client, ([198, 51, 100, 77], WEB))),
        row("a reset for a published port is the host's", came(RST, client, (NODE, WEB))),
        row("an answer that nobody waits for is the host's", came(SYN_ACK, (CLIENT, 80), (NODE, PORT))),
        row("so is one from another port than was asked", stranger)
            .given(Hook::FromContainer, sent(SYN, (CLIENT, 80))),
        row("an echo for the node is the host's", came(Kind::Echo, (CLIENT, 9), (NODE, 9))),
        row("a packet for another machine's MAC is the host's to ignore", elsewhere),
        row("a later fragment for the node is the host's", under(Kind::Udp, IN, later, (THERE, NAMES))),
        row(
            "without the program that looks at it, what comes in is the host's",
            came(SYN, client, (NODE, WEB)),
        )
        .without(Road::FromOutside),
        row("without a host road published ports are the host's", came(SYN, client, (NODE, WEB)))
            .after(Step::PutSettings(Settings::default())),
        row("so they are while nothing is published", came(SYN, client, (NODE, WEB)))
            .after(Step::PutSettings(Settings { flags: 0, ..local::settings() })),
    ]
}

/// What containers answer to the outside, and to each other by published ports.
fn answered() -> Vec<Row> {
    let client = (CLIENT, THERE);
    let answer = |from: At, to| packet(SYN_ACK, to_gateway(), from, to, 64);
    let from_container = |sentence, packet| Row::new(Hook::FromContainer, sentence, packet).local();
    let out = packet(SYN_ACK, (ROUTER_MAC, UPLINK_MAC), (NODE, OWN), client, 63);
    vec![
        from_container(
            "the answer of a published port leaves under the node's address",
            answer((SENDER, 7), client),
        )
        .given(Hook::FromUplink, came(SYN, client, (NODE, OWN)))
        .redirects(Counter::ToOutside, out),
    ]
}

fn full() -> Vec<Row> {
    let first = (CLIENT, 80);
    let second = (CLIENT, 81);
    vec![
        row("an answer for which the table has no room is dropped", came(Kind::Udp, second, (NODE, PORT)))
            .flows(2)
            .given(Hook::FromContainer, sent(Kind::Udp, first))
            .given(Hook::FromUplink, came(Kind::Udp, first, (NODE, PORT)))
            .given(Hook::FromContainer, sent(Kind::Udp, second))
            .drops(DropReason::FlowTableFull),
    ]
}
