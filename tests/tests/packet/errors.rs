//! Rows: ICMP errors about translated packets.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Counter, Ipv4};
use causeway_tests::dataplane::{
    local::{self, CLIENT, NODE, OWN, PORT, ROUTER_MAC},
    translated::{Kind, SYN, error, packet},
    world::{GATEWAY, SENDER, UPLINK_MAC, mac},
};

use crate::{
    outward::{OWN_PORT, left, sent, to_gateway},
    row::Row,
};

const ROUTER: Ipv4 = [198, 51, 100, 254];

pub(crate) fn rows() -> Vec<Row> {
    [about_masqueraded(), about_published()].into_iter().flatten().collect()
}

/// The packet with one hop less, as an error's sender may have seen it; addresses as they are.
fn about_masqueraded() -> Vec<Row> {
    let row = |sentence, from: Ipv4, kind, quote| {
        let (here, there) = if matches!(kind, Kind::Echo) {
            ((CLIENT, OWN_PORT), (CLIENT, PORT))
        } else {
            ((CLIENT, 80), (CLIENT, 80))
        };
        let own = packet(kind, to_gateway(), (SENDER, OWN_PORT), here, 63);
        let in_macs = (UPLINK_MAC, ROUTER_MAC);
        let came = error(in_macs, from, NODE, 64, (&left(kind, there), quote));
        let got = error((mac(SENDER), mac(GATEWAY)), from, SENDER, 63, (&own, quote));
        Row::new(Hook::FromUplink, sentence, came)
            .local()
            .given(Hook::FromContainer, sent(kind, here))
            .redirects(Counter::FromOutside, got)
    };
    let unknown = error((UPLINK_MAC, ROUTER_MAC), ROUTER, NODE, 64, (&left(Kind::Udp, (CLIENT, 80)), 28));
    vec![
        row("a router's error about a datagram reaches its sender", ROUTER, Kind::Udp, 28),
        row("so does one about a datagram without checksum", ROUTER, Kind::UdpUnchecked, 28),
        row("so does one that quotes eight bytes of TCP", ROUTER, SYN, 28),
        row("so does one that quotes TCP's checksum", ROUTER, SYN, 40),
        row("so does one that quotes data", ROUTER, SYN, 56),
        row("so does one about an echo", ROUTER, Kind::Echo, 28),
        row("so does one from the other end", CLIENT, Kind::Udp, 36),
        Row::new(Hook::FromUplink, "an error about what no container sent is the host's", unknown).local(),
    ]
}

fn about_published() -> Vec<Row> {
    let client = (CLIENT, 6000);
    let came = packet(Kind::Udp, (UPLINK_MAC, ROUTER_MAC), client, (NODE, OWN), 64);
    let seen = packet(Kind::Udp, (mac(SENDER), mac(GATEWAY)), client, (SENDER, 7), 63);
    let asked = packet(Kind::Udp, (UPLINK_MAC, ROUTER_MAC), client, (NODE, OWN), 63);
    let complaint = error(to_gateway(), SENDER, CLIENT, 64, (&seen, 28));
    let left = error((ROUTER_MAC, UPLINK_MAC), NODE, CLIENT, 63, (&asked, 28));
    let published = Step::PutPublished(local::key([0; 4], OWN, local::UDP), local::published(SENDER, 7));
    vec![
        Row::new(Hook::FromContainer, "a container's error reaches its client as the node's", complaint)
            .local()
            .after(published)
            .given(Hook::FromUplink, came)
            .redirects(Counter::ToOutside, left),
    ]
}
