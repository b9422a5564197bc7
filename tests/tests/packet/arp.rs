//! Rows: ARP.

use causeway::kernel::Hook;
use causeway_common::{Counter, DropReason};
use causeway_tests::dataplane::{
    packets::{arp, is_at, who_has},
    world::{FAR, FAR_ROUTED, GATEWAY, NEIGHBOUR, NOBODY, SENDER, STRANGER, mac},
};
use etherparse::ArpOperation;

use crate::row::Row;

const EVERYONE: [u8; 6] = [0xff; 6];
const UNSAID: [u8; 6] = [0; 6];

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromContainer, sentence, packet)
}

pub(crate) fn rows() -> Vec<Row> {
    [answered(), unanswered(), spoofed()].into_iter().flatten().collect()
}

fn answered() -> Vec<Row> {
    let sender = (mac(SENDER), SENDER);
    let probe = arp((mac(FAR), mac(SENDER)), ArpOperation::REQUEST, sender, (UNSAID, FAR));
    let reply = |addr| (Counter::ArpReply, is_at(addr));
    let answered = |row: Row, (road, after)| row.redirects(road, after);
    vec![
        answered(row("a neighbour's MAC is told", who_has(NEIGHBOUR)), reply(NEIGHBOUR)),
        answered(row("the gateway's MAC is told", who_has(GATEWAY)), reply(GATEWAY)),
        answered(row("the MAC of a container on another node is told", who_has(FAR)), reply(FAR)),
        answered(
            row("so is that of one in the network's other subnet", who_has(FAR_ROUTED)),
            reply(FAR_ROUTED),
        ),
        answered(row("a neighbour that is asked by its own MAC is told", probe), reply(FAR)),
    ]
}

fn unanswered() -> Vec<Row> {
    let own = mac(SENDER);
    let request = |sender, target| arp((EVERYONE, own), ArpOperation::REQUEST, sender, target);
    let announcement = request((own, SENDER), (UNSAID, SENDER));
    let duplicate_probe = request((own, [0; 4]), (UNSAID, SENDER));
    let reply = arp((mac(FAR), own), ArpOperation::REPLY, (own, SENDER), (mac(FAR), FAR));
    let mut hardware = who_has(FAR);
    hardware[15] = 6;
    vec![
        row("nobody has the address that is asked for", who_has(NOBODY)).drops(DropReason::ArpUnknown),
        row("a container of another network is not told", who_has(STRANGER)).drops(DropReason::ArpUnknown),
        row("an announcement of the own address is heard by nobody", announcement).drops(DropReason::ArpOwn),
        row("a probe for the own address is heard by nobody", duplicate_probe).drops(DropReason::ArpOwn),
        row("an answer that nobody asked for is dropped", reply).drops(DropReason::ArpNotRequest),
        row("ARP for other hardware is dropped", hardware).drops(DropReason::ArpNotRequest),
        row("ARP that is cut short is malformed", who_has(FAR)[..41].to_vec()).drops(DropReason::Malformed),
    ]
}

fn spoofed() -> Vec<Row> {
    let own = mac(SENDER);
    let request = |sender, target| arp((EVERYONE, own), ArpOperation::REQUEST, sender, (UNSAID, target));
    vec![
        row("an ARP sender with another's MAC is dropped", request((mac(FAR), SENDER), NEIGHBOUR))
            .drops(DropReason::SpoofedArp),
        row("an ARP sender with another's address is dropped", request((own, FAR), NEIGHBOUR))
            .drops(DropReason::SpoofedArp),
        row("a probe for another's address is dropped", request((own, [0; 4]), NEIGHBOUR))
            .drops(DropReason::SpoofedArp),
        row("an announcement of another's address is dropped", request((own, FAR), FAR))
            .drops(DropReason::SpoofedArp),
    ]
}
