//! Rows: what a container sends beyond its network.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Attachment, Counter, DropReason, Ipv4, Mac, Road, attachment};
use causeway_tests::dataplane::{
    local::{self, CLIENT, CLOSED, HOST_MAC, NARROW, NODE, OTHER, PORT, ROUTER_MAC, UNKNOWN},
    packets::ip,
    translated::{ACK, At, Kind, RST, SYN, carrying, error, frame, packet, too_big, under},
    world::{self, FAR_VTEP, GATEWAY, NEIGHBOUR, NOBODY, SENDER, STRANGER, UPLINK_MAC, mac},
};
use etherparse::{IpFragOffset, IpNumber, Ipv4Header, Ipv4Options};

use crate::row::Row;

/// The sender's port.
pub(crate) const OWN_PORT: u16 = 5000;

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet).local()
}

/// MACs of a packet from the sender to its gateway.
pub(crate) fn to_gateway() -> (Mac, Mac) {
    (mac(GATEWAY), mac(SENDER))
}

/// From the sender's port to an end beyond the gateway.
pub(crate) fn sent(kind: Kind, to: At) -> Vec<u8> {
    packet(kind, to_gateway(), (SENDER, OWN_PORT), to, 64)
}

/// The same as it leaves the node.
pub(crate) fn left(kind: Kind, to: At) -> Vec<u8> {
    packet(kind, (ROUTER_MAC, UPLINK_MAC), (NODE, PORT), to, 63)
}

pub(crate) fn rows() -> Vec<Row> {
    [to_host(), masqueraded(), routed(), tunnels(), closed(), untranslatable(), sizes()]
        .into_iter()
        .flatten()
        .collect()
}

fn to_host() -> Vec<Row> {
    let carried = |sentence, packet: Vec<u8>| {
        let mut after = packet.clone();
        after[..6].copy_from_slice(&HOST_MAC);
        row(sentence, packet).redirects(Counter::ToHost, after)
    };
    let later = Ipv4Header { fragment_offset: offset(8), ..ip(SENDER, NODE) };
    let tunnel = Ipv4Header { protocol: IpNumber(47), ..ip(SENDER, NODE) };
    let internal = Attachment { flags: attachment::INTERNAL, ..local::sender() };
    vec![
        carried("a datagram for the gateway is the host's", sent(Kind::Udp, (GATEWAY, 53))),
        carried("a connection to the node's address is the host's", sent(SYN, (NODE, 22))),
        carried("an echo to another address of the host is the host's", sent(Kind::Echo, (OTHER, OWN_PORT))),
        carried("a reset for no connection is the host's to judge", sent(RST, (NODE, 22))),
        carried("a later fragment for the host is put together there", under_gateway(later)),
        carried("a protocol without ports reaches the host", frame(to_gateway(), tunnel, &[7; 4])),
        carried("an internal network reaches the host", sent(SYN, (GATEWAY, 22)))
            .after(Step::PutAttachment(world::SENDER_IFINDEX, internal)),
    ]
}

fn masqueraded() -> Vec<Row> {
    let out = |sentence, kind| {
        let to = if matches!(kind, Kind::Echo) { (CLIENT, OWN_PORT) } else { (CLIENT, 80) };
        let there = if matches!(kind, Kind::Echo) { (CLIENT, PORT) } else { to };
        row(sentence, sent(kind, to)).redirects(Counter::ToOutside, left(kind, there))
    };
    let unknown = packet(Kind::Udp, ([0; 6], [0; 6]), (NODE, PORT), (UNKNOWN, 80), 63);
    let moved = local::settings();
    vec![
        out("a connection to the outside leaves under the node's address", SYN),
        out("a datagram leaves under the node's address", Kind::Udp),
        out("a datagram without checksum has none afterwards", Kind::UdpUnchecked),
        out("an echo leaves under an identifier of the node", Kind::Echo),
        out("a connection that was there before the table goes on", ACK),
        out("a second packet leaves like the first", SYN).given(Hook::FromContainer, sent(SYN, (CLIENT, 80))),
        out("the next hop is looked up again when routes have changed", SYN)
            .given(Hook::FromContainer, sent(SYN, (CLIENT, 80)))
            .after(Step::PutSettings(causeway_common::Settings { generation: 2, ..moved })),
        row("a next hop outside without MAC is left to the kernel", sent(Kind::Udp, (UNKNOWN, 80)))
            .redirects(Counter::ToOutside, unknown),
        row("no port is left for another conversation", sent(SYN, (CLIENT, 80)))
            .given(Hook::FromContainer, packet(SYN, to_gateway(), (SENDER, 5001), (CLIENT, 80), 64))
            .drops(DropReason::PortsExhausted),
        out("the port serves another destination's conversation as well", SYN)
            .given(Hook::FromContainer, sent(SYN, (CLIENT, 81))),
    ]
}

fn routed() -> Vec<Row> {
    let plain = Attachment { flags: 0, ..local::sender() };
    let own = packet(SYN, (ROUTER_MAC, UPLINK_MAC), (SENDER, OWN_PORT), (CLIENT, 80), 63);
    vec![
        row("without masquerading a packet leaves under its own address", sent(SYN, (CLIENT, 80)))
            .after(Step::PutAttachment(world::SENDER_IFINDEX, plain))
            .redirects(Counter::ToOutside, own),
        row("an unreachable destination has no route", sent(SYN, (CLOSED, 80))).drops(DropReason::NoRoute),
        row("a container of another network is isolated", sent(SYN, (STRANGER, 80)))
            .drops(DropReason::Isolated),
        row("nobody behind the gateway is nobody, with an outside too", sent(SYN, (NOBODY, 80)))
            .drops(DropReason::NoEndpoint),
    ]
}

/// What the other end of the underlay would take for VXLAN of this node's.
fn tunnels() -> Vec<Row> {
    let plain = Attachment { flags: 0, ..local::sender() };
    let vxlan = || sent(Kind::Udp, (FAR_VTEP, world::PORT));
    // Nobody has asked for the node's MAC yet.
    let unresolved = |kind, to| packet(kind, ([0; 6], [0; 6]), (NODE, PORT), to, 63);
    let out = |sentence, kind, to| {
        row(sentence, sent(kind, to)).redirects(Counter::ToOutside, unresolved(kind, to))
    };
    vec![
        row("a container sends no VXLAN to a node", vxlan()).drops(DropReason::VxlanByContainer),
        row("nor under its own address", vxlan())
            .after(Step::PutAttachment(world::SENDER_IFINDEX, plain))
            .drops(DropReason::VxlanByContainer),
        row("nor to the cluster's own port", sent(Kind::Udp, (FAR_VTEP, 8472)))
            .port(8472)
            .drops(DropReason::VxlanByContainer),
        out("another port of a node is the outside", Kind::Udp, (FAR_VTEP, 53)),
        out("a connection to the same port is none to be taken for VXLAN", SYN, (FAR_VTEP, world::PORT)),
        row("who is no node may be sent VXLAN", sent(Kind::Udp, (CLIENT, world::PORT)))
            .redirects(Counter::ToOutside, left(Kind::Udp, (CLIENT, world::PORT))),
    ]
}

fn closed() -> Vec<Row> {
    let with = |flags| Step::PutAttachment(world::SENDER_IFINDEX, Attachment { flags, ..local::sender() });
    let neighbour = packet(SYN, (mac(NEIGHBOUR), mac(SENDER)), (SENDER, OWN_PORT), (NEIGHBOUR, 80), 64);
    vec![
        row("an internal network does not reach the outside", sent(SYN, (CLIENT, 80)))
            .after(with(attachment::INTERNAL | attachment::MASQUERADE))
            .drops(DropReason::InternalNetwork),
        row(
            "without the program that carries it on nothing goes beyond the network",
            sent(SYN, (CLIENT, 80)),
        )
        .without(Road::Beyond)
        .drops(DropReason::NoProgram),
        row("containers that may not talk to each other do not", neighbour)
            .after(with(attachment::ICC_OFF))
            .drops(DropReason::IccDisabled),
    ]
}

fn offset(units: u16) -> IpFragOffset {
    IpFragOffset::try_new(units).expect("small")
}

fn under_gateway(header: Ipv4Header) -> Vec<u8> {
    under(Kind::Udp, to_gateway(), header, (OWN_PORT, 80))
}

fn untranslatable() -> Vec<Row> {
    let to = |addr: Ipv4| ip(SENDER, addr);
    let first = Ipv4Header { more_fragments: true, ..to(CLIENT) };
    let later = Ipv4Header { fragment_offset: offset(8), ..to(CLIENT) };
    let options = Ipv4Header { options: Ipv4Options::from([1; 8]), ..to(CLIENT) };
    let tunnel = frame(to_gateway(), Ipv4Header { protocol: IpNumber(47), ..to(CLIENT) }, &[7; 40]);
    let nothing = sent(Kind::Udp, (CLIENT, 80));
    let answer = packet(Kind::EchoReply, to_gateway(), (SENDER, OWN_PORT), (CLIENT, OWN_PORT), 64);
    vec![
        row("a first fragment does not leave", under_gateway(first)).drops(DropReason::Fragment),
        row("nor does a later one", under_gateway(later)).drops(DropReason::Fragment),
        row("nor do IP options", under_gateway(options)).drops(DropReason::Untranslatable),
        row("nor does a protocol without ports", tunnel).drops(DropReason::Untranslatable),
        row("a reset begins no conversation", sent(RST, (CLIENT, 80))).drops(DropReason::NoFlow),
        row("nor does the answer to an echo", answer).drops(DropReason::NoFlow),
        row(
            "nor does an error about what never was",
            error(to_gateway(), SENDER, CLIENT, 64, (&nothing, 28)),
        )
        .drops(DropReason::NoFlow),
        row("a TCP header that is cut short is malformed", cut()).drops(DropReason::Malformed),
    ]
}

/// TCP for the outside of which only twelve bytes are there.
fn cut() -> Vec<u8> {
    let header = Ipv4Header { protocol: IpNumber::TCP, ..ip(SENDER, CLIENT) };
    frame(to_gateway(), header, &[0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0])
}

fn sizes() -> Vec<Row> {
    let full = |dst, bytes: usize, dont_fragment| {
        let header = Ipv4Header { dont_fragment, ..ip(SENDER, dst) };
        carrying(Kind::Udp, to_gateway(), header, (OWN_PORT, 80), &vec![7; bytes - 28])
    };
    let told = |mtu, about: &[u8]| too_big((mac(SENDER), mac(GATEWAY)), GATEWAY, SENDER, mtu, about);
    let narrow = full(NARROW, 1281, true);
    let wide = Ipv4Header { dont_fragment: true, ..ip(SENDER, NEIGHBOUR) };
    let wide = carrying(Kind::Udp, (mac(NEIGHBOUR), mac(SENDER)), wide, (OWN_PORT, 80), &[7; 1423]);
    let fits = Ipv4Header { time_to_live: 63, dont_fragment: true, ..ip(NODE, NARROW) };
    let fits = carrying(Kind::Udp, (ROUTER_MAC, UPLINK_MAC), fits, (PORT, 80), &[7; 1252]);
    vec![
        row("a packet of the route's MTU leaves", full(NARROW, 1280, true))
            .redirects(Counter::ToOutside, fits),
        row("of a larger one the sender is told what fits", narrow.clone())
            .comes_back_too_big(told(1280, &narrow)),
        row("so it is when the conversation is known", narrow.clone())
            .given(Hook::FromContainer, full(NARROW, 100, true))
            .comes_back_too_big(told(1280, &narrow)),
        row("a larger packet that may be fragmented is dropped", full(NARROW, 1281, false))
            .drops(DropReason::TooBig),
        row("a packet beyond the network's MTU is told so", wide.clone())
            .comes_back_too_big(told(1450, &wide)),
    ]
}
