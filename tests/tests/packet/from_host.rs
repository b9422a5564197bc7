//! Rows: what the host sends to containers.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Attachment, Counter, DropReason, attachment};
use causeway_tests::dataplane::{
    local::{self, CLIENT, HOST_MAC},
    packets::{ip, who_has},
    translated::{Kind, SYN, carrying, packet},
    world::{FAR, GATEWAY, MTU, NEIGHBOUR, NOBODY, ROUTED, SENDER, SENDER_IFINDEX, mac},
};

use crate::row::Row;

/// Index of NEIGHBOUR's interface.
const NEIGHBOUR_IFINDEX: u32 = 77;

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromHost, sentence, packet).local()
}

pub(crate) fn rows() -> Vec<Row> {
    let macs = ([2, 0, 0, 0, 0, 0x51], HOST_MAC);
    let to = |addr| packet(SYN, macs, (GATEWAY, 4000), (addr, 80), 64);
    let got = packet(SYN, (mac(NEIGHBOUR), mac(GATEWAY)), (GATEWAY, 4000), (NEIGHBOUR, 80), 64);
    let sized = |more: usize| {
        let payload = vec![7; usize::from(MTU) - 28 + more];
        carrying(Kind::Udp, macs, ip(GATEWAY, NEIGHBOUR), (4000, 80), &payload)
    };
    let reached = |mut packet: Vec<u8>| {
        packet[..6].copy_from_slice(&mac(NEIGHBOUR));
        packet[6..12].copy_from_slice(&mac(GATEWAY));
        packet
    };
    let cast = |mac, addr| packet(Kind::Udp, (mac, HOST_MAC), (GATEWAY, 4000), (addr, 80), 64);
    let mut six = to(NEIGHBOUR);
    six[12..14].copy_from_slice(&[0x86, 0xdd]);
    let mut short = to(NEIGHBOUR);
    short.pop();
    let from_outside = |mac: [u8; 6]| packet(SYN, (mac, HOST_MAC), (CLIENT, 4000), (NEIGHBOUR, 80), 63);
    let with = |flags| {
        let container = Attachment { addr: NEIGHBOUR, mac: mac(NEIGHBOUR), flags, ..local::sender() };
        Step::PutAttachment(NEIGHBOUR_IFINDEX, container)
    };
    vec![
        row("what the host forwards does not pass by the published ports", from_outside(macs.0))
            .drops(DropReason::Isolated),
        row("nor does it enter an internal network", from_outside(macs.0))
            .after(with(attachment::INTERNAL))
            .drops(DropReason::Isolated),
        row("it enters a network that is routed", from_outside(macs.0))
            .after(with(0))
            .redirects(Counter::FromHost, reached(from_outside(macs.0))),
        row("the host reaches a container by the gateway's MAC", to(NEIGHBOUR))
            .redirects(Counter::FromHost, got),
        row("nobody on this node has the address that the host asks for", to(NOBODY))
            .drops(DropReason::NoEndpoint),
        row("a container of another node is not the host's to reach here", to(FAR))
            .drops(DropReason::NoEndpoint),
        row("a container without attachment is not reached", to(ROUTED)).drops(DropReason::NoAttachment),
        row("nor is one that is being detached", to(SENDER))
            .after(Step::DeleteAttachment(SENDER_IFINDEX))
            .drops(DropReason::NoAttachment),
        row("the host's broadcasts stay out of networks", cast([0xff; 6], [255; 4]))
            .drops(DropReason::Broadcast),
        row("so do its multicasts", cast([1, 0, 0x5e, 0, 0, 0xfb], [224, 0, 0, 251]))
            .drops(DropReason::Multicast),
        row("IPv6 from the host is not carried", six).drops(DropReason::NotIpv4),
        row("nor is its ARP", who_has(NEIGHBOUR)).drops(DropReason::NotIpv4),
        row("a packet beyond the network's MTU does not reach the container", sized(1))
            .drops(DropReason::TooBig),
        row("one of just its size does", sized(0)).redirects(Counter::FromHost, reached(sized(0))),
        row("what the host sends must be whole", short).drops(DropReason::Malformed),
    ]
}
