//! Rows: from a container by a published port of its own node to a container.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Counter, DropReason, Published};
use causeway_tests::dataplane::{
    local::{self, LISTED, LOST, NAMES, NODE, OTHER, OWN, WEB},
    packets::ip,
    translated::{At, Kind, SYN, SYN_ACK, packet, under},
    world::{GATEWAY, NEIGHBOUR, SENDER, STRANGER, STRANGER_VNI, mac},
};
use etherparse::Ipv4Header;

use crate::{
    outward::{OWN_PORT, sent, to_gateway},
    row::Row,
};

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet).local()
}

/// What a container gets by the gateway.
fn got(kind: Kind, from: At, to: At) -> Vec<u8> {
    packet(kind, (mac(to.0), mac(GATEWAY)), from, to, 63)
}

pub(crate) fn rows() -> Vec<Row> {
    let seen = (GATEWAY, OWN_PORT);
    let stranger = Published { vni: STRANGER_VNI, ..local::published(STRANGER, 443) };
    let first = Ipv4Header { more_fragments: true, ..ip(SENDER, NODE) };
    let answer = packet(SYN_ACK, to_gateway(), (SENDER, 7), seen, 64);
    vec![
        row("a neighbour behind a published port sees the gateway", sent(SYN, (NODE, WEB)))
            .redirects(Counter::Hairpin, got(SYN, seen, (NEIGHBOUR, 80))),
        row("so it does by any address of the host", sent(SYN, (OTHER, WEB)))
            .redirects(Counter::Hairpin, got(SYN, seen, (NEIGHBOUR, 80))),
        row("and by the gateway's own", sent(SYN, (GATEWAY, WEB)))
            .redirects(Counter::Hairpin, got(SYN, seen, (NEIGHBOUR, 80))),
        row("a datagram takes the same way", sent(Kind::Udp, (NODE, NAMES)))
            .redirects(Counter::Hairpin, got(Kind::Udp, seen, (NEIGHBOUR, 53))),
        row("a container of another network sees its client", sent(SYN, (NODE, 8444)))
            .after(Step::PutPublished(local::key([0; 4], 8444, local::TCP), stranger))
            .redirects(Counter::Hairpin, got(SYN, (SENDER, OWN_PORT), (STRANGER, 443))),
        row("a container reaches itself by its published port", sent(SYN, (NODE, OWN)))
            .redirects(Counter::Hairpin, got(SYN, seen, (SENDER, 7))),
        row("and gets its own answer from there", answer)
            .given(Hook::FromContainer, sent(SYN, (NODE, OWN)))
            .redirects(Counter::Hairpin, got(SYN_ACK, (NODE, OWN), (SENDER, OWN_PORT))),
        row("a container that is not in the list is refused as well", sent(SYN, (NODE, LISTED)))
            .drops(DropReason::SourceRefused),
        row("a container finds nobody behind a port without container", sent(SYN, (NODE, LOST)))
            .drops(DropReason::NoEndpoint),
        row(
            "a first fragment for a published port is refused to a container",
            under(Kind::Udp, to_gateway(), first, (OWN_PORT, NAMES)),
        )
        .drops(DropReason::Fragment),
    ]
}
