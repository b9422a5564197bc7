//! Rows: what comes in by an interface other than the uplink. All that comes in there comes in as by the
//! uplink ([`crate::inward`]), but for the other nodes' VXLAN.

use causeway::kernel::Hook;
use causeway_common::Counter;
use causeway_tests::dataplane::{
    local::{CLIENT, NODE, PORT, WEB},
    packets::{from_far, from_node_1},
    translated::{SYN, SYN_ACK},
    world::{NEIGHBOUR, SENDER, VNI},
};

use crate::{
    inward::{came, got},
    outward::{OWN_PORT, sent},
    row::Row,
};

fn row(sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(Hook::FromOutside, sentence, packet).local()
}

pub(crate) fn rows() -> Vec<Row> {
    let client = (CLIENT, 6000);
    vec![
        row("a published port is reached by another interface", came(SYN, client, (NODE, WEB)))
            .redirects(Counter::FromOutside, got(SYN, client, (NEIGHBOUR, 80))),
        row("an answer may come in by another interface", came(SYN_ACK, (CLIENT, 80), (NODE, PORT)))
            .given(Hook::FromContainer, sent(SYN, (CLIENT, 80)))
            .redirects(Counter::FromOutside, got(SYN_ACK, (CLIENT, 80), (SENDER, OWN_PORT))),
        row("what is for the host by another interface stays the host's", came(SYN, client, (NODE, 22))),
        row("VXLAN by another interface is the host's", from_node_1(VNI, &from_far(NEIGHBOUR))),
    ]
}
