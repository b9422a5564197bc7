//! XDP rows: datagrams from outside for containers here.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::Counter;
use causeway_tests::dataplane::{
    local::{self, CLIENT, NODE, PORT, ROUTER_MAC},
    packets::ip,
    translated::{At, Kind, SYN, SYN_ACK, carrying, packet, under},
    world::{FAR_MAC, GATEWAY, SENDER, UPLINK_MAC, mac},
};
use etherparse::Ipv4Header;

use super::{WireRow, forward::unfinished, home::frames};
use crate::{
    inward::{IN, came, got},
    outward::{OWN_PORT, sent},
};

/// Published on NODE, UDP: the sender's port 7.
const ECHO: u16 = 7007;
const SERVER: At = (SENDER, 7);
/// Who asks there.
const ASKER: At = (CLIENT, 6000);
/// Whom the sender asks.
const ASKED: At = (CLIENT, 443);

/// Ticks that a flow survives, and ticks that it does not.
const SILENCE: u32 = 10;
const LONG_SILENCE: u32 = 1_000;

pub(super) fn rows() -> Vec<WireRow> {
    [goes_in(), needs_more(), not_plain(), not_ours()].into_iter().flatten().collect()
}

/// The flow of a datagram to the published port is an answered one.
fn served(row: WireRow) -> WireRow {
    let answer = packet(Kind::Udp, (mac(GATEWAY), mac(SENDER)), SERVER, ASKER, 64);
    published(row).given(came(Kind::Udp, ASKER, (NODE, ECHO))).given_at(Hook::FromContainer, answer)
}

fn published(row: WireRow) -> WireRow {
    let put = Step::PutPublished(local::key(NODE, ECHO, local::UDP), local::published(SERVER.0, SERVER.1));
    row.after(frames()).after([put])
}

/// The flow of the sender's own datagram is an answered one.
fn answered(row: WireRow) -> WireRow {
    let asks = sent(Kind::Udp, ASKED);
    row.after(frames()).given_at(Hook::FromContainer, asks).given(came(Kind::Udp, ASKED, (NODE, PORT)))
}

fn enters(sentence: &'static str, kind: Kind) -> WireRow {
    let (frame, got) = (came(kind, ASKER, (NODE, ECHO)), got(kind, ASKER, SERVER));
    served(WireRow::enters(sentence, frame, Counter::FromOutside, got))
}

fn passes(sentence: &'static str, frame: Vec<u8>) -> WireRow {
    served(WireRow::passes(sentence, frame))
}

/// A datagram to the published port whose IP packet has so many bytes.
fn sized(bytes: usize, macs: ([u8; 6], [u8; 6]), hops: u8, (to, port): At) -> Vec<u8> {
    let header = Ipv4Header { time_to_live: hops, ..ip(CLIENT, to) };
    carrying(Kind::Udp, macs, header, (ASKER.1, port), &vec![7; bytes - 28])
}

fn goes_in() -> Vec<WireRow> {
    let inside = (mac(SENDER), mac(GATEWAY));
    let largest = (sized(1450, IN, 64, (NODE, ECHO)), sized(1450, inside, 63, SERVER));
    vec![
        enters("XDP_REDIRECT: a published port's container sees its client's next datagram", Kind::Udp),
        enters("XDP_REDIRECT: one without checksum comes in without", Kind::UdpUnchecked),
        served(WireRow::enters(
            "XDP_REDIRECT: so does the largest that the container takes",
            largest.0,
            Counter::FromOutside,
            largest.1,
        )),
        answered(WireRow::enters(
            "XDP_REDIRECT: answers to a container's datagram reach it",
            came(Kind::Udp, ASKED, (NODE, PORT)),
            Counter::FromOutside,
            got(Kind::Udp, ASKED, (SENDER, OWN_PORT)),
        )),
        enters("XDP_REDIRECT: after a silence, a flow is kept alive in both directions", Kind::Udp)
            .after_silence(SILENCE),
        zero(),
    ]
}

/// The one payload whose sum comes out as zero under the container's address, which would say that there is none.
fn zero() -> WireRow {
    let sum = |payload: [u8; 2]| {
        let frame = carrying(Kind::Udp, (mac(SENDER), mac(GATEWAY)), inside(), (ASKER.1, SERVER.1), &payload);
        (frame[40..42] == [0xff; 2]).then_some(frame)
    };
    let found = (0..=u16::MAX).map(u16::to_be_bytes).find_map(|payload| Some((payload, sum(payload)?)));
    let (payload, got) = found.expect("one of 65,536");
    let came = carrying(Kind::Udp, IN, ip(CLIENT, NODE), (ASKER.1, ECHO), &payload);
    let sentence = "XDP_REDIRECT: a checksum that comes out as zero is written as all ones";
    served(WireRow::enters(sentence, came, Counter::FromOutside, got))
}

fn inside() -> Ipv4Header {
    Ipv4Header { time_to_live: 63, ..ip(CLIENT, SENDER) }
}

/// What needs an skb, or an answer, or begins something.
fn needs_more() -> Vec<WireRow> {
    let client = came(Kind::Udp, ASKER, (NODE, ECHO));
    let begins = |sentence| published(WireRow::passes(sentence, client.clone()));
    let expired = packet(Kind::Udp, IN, ASKER, (NODE, ECHO), 1);
    let syn = sent(SYN, ASKED);
    vec![
        begins("XDP_PASS: a datagram that begins a flow"),
        passes("XDP_PASS: a datagram of a flow that is over", client.clone()).after_silence(LONG_SILENCE),
        begins("XDP_PASS: one of a flow that nobody has answered").given(client.clone()),
        passes("XDP_PASS: a datagram whose checksum is left to hardware", unfinished(client.clone(), 40)),
        passes("XDP_PASS: a datagram without hops left", expired),
        passes("XDP_PASS: a datagram that is too long for the container", sized(1451, IN, 64, (NODE, ECHO))),
        WireRow::passes("XDP_PASS: a segment of a flow", came(SYN_ACK, ASKED, (NODE, PORT)))
            .after(frames())
            .given_at(Hook::FromContainer, syn)
            .given(came(SYN_ACK, ASKED, (NODE, PORT))),
        served(WireRow::passes("XDP_PASS: a flow's datagram, where interfaces take no frames", client))
            .after([Step::PutSettings(causeway_tests::dataplane::ingress::settings())]),
    ]
}

fn not_plain() -> Vec<WireRow> {
    let header = ip(CLIENT, NODE);
    let first = Ipv4Header { more_fragments: true, ..header.clone() };
    let whole = came(Kind::Udp, ASKER, (NODE, ECHO));
    let longer = {
        let mut frame = whole.clone();
        frame[17] += 1;
        frame
    };
    vec![
        passes("XDP_PASS: a fragment of a flow's datagram", under(Kind::Udp, IN, first, (ASKER.1, ECHO))),
        passes("XDP_PASS: a flow's datagram that ends before its header says", longer),
        passes("XDP_PASS: a flow's datagram that ends in its header", whole[..41].to_vec()),
    ]
}

fn not_ours() -> Vec<WireRow> {
    let to = |macs, from: At, to: At| packet(Kind::Udp, macs, from, to, 64);
    vec![
        passes(
            "XDP_PASS: a flow's datagram to another's MAC",
            to((FAR_MAC, ROUTER_MAC), ASKER, (NODE, ECHO)),
        ),
        passes(
            "XDP_PASS: a flow's datagram to everybody's MAC",
            to(([0xff; 6], ROUTER_MAC), ASKER, (NODE, ECHO)),
        ),
        passes(
            "XDP_PASS: a datagram from another port",
            to((UPLINK_MAC, ROUTER_MAC), (CLIENT, 6001), (NODE, ECHO)),
        ),
        passes("XDP_PASS: a datagram to another port", to((UPLINK_MAC, ROUTER_MAC), ASKER, (NODE, 9))),
    ]
}
