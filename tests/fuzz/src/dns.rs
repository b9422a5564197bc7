//! Queries: every input is what a container sent, to one that may ask the outside and to one that may not.
//!
//! Whatever is no answer itself is answered, by a message that can be read, of the same id, and no longer than its
//! client takes.

use std::sync::LazyLock;

use causeway::dns::{Client, Counters, Names, Transport, Verdict, receive};
use hickory_proto::op::{Edns, Message, MessageType, ResponseCode};
use rand::{SeedableRng as _, rngs::SmallRng};

use crate::cluster::CLUSTER;

/// Length of a message's header.
const HEADER: usize = 12;
/// Longest answer over UDP without EDNS, and with it whatever the client says.
const UDP: std::ops::RangeInclusive<u16> = 512..=4096;

static NAMES: LazyLock<Names> = LazyLock::new(|| CLUSTER.clone().crowded().names());

/// Asks.
pub fn run(query: &[u8]) {
    for container in ["web", "safe"] {
        let client = NAMES.client(&CLUSTER.container(container)).expect("it has a resolver");
        for transport in [Transport::Udp, Transport::Tcp] {
            ask(client, query, transport, container == "safe");
        }
    }
}

fn ask(client: &Client, query: &[u8], transport: Transport, is_shut_in: bool) {
    let mut chance = SmallRng::seed_from_u64(1);
    match receive(client, query, transport, &Counters::default(), &mut chance) {
        Verdict::Silence => {
            let is_answer = query.get(2).is_some_and(|flags| flags & 0x80 != 0);
            assert!(query.len() < HEADER || is_answer, "a query without an answer");
        }
        Verdict::Say(answer) => check(query, &answer, transport),
        Verdict::Ask(_) => {
            assert!(!is_shut_in, "a name leaves an internal network");
            let asked = Message::from_vec(query).expect("only what can be read is passed on");
            assert_eq!(asked.queries.len(), 1);
        }
    }
}

fn check(query: &[u8], answer: &[u8], transport: Transport) {
    assert_eq!(answer.get(..2), query.get(..2), "another id");
    let said = Message::from_vec(answer).expect("an answer that can be read");
    assert_eq!(said.metadata.message_type, MessageType::Response);
    let asked = Message::from_vec(query).ok();
    assert!(answer.len() <= longest(asked.as_ref(), transport), "{} bytes", answer.len());
    let Some(asked) = asked.filter(|_| said.metadata.response_code != ResponseCode::FormErr) else { return };
    assert_eq!(said.metadata.recursion_desired, asked.metadata.recursion_desired);
    if said.metadata.response_code != ResponseCode::NotImp {
        assert_eq!(said.queries, asked.queries, "another question");
        assert_eq!(said.edns.is_some(), asked.edns.is_some(), "EDNS is answered where it is spoken");
    }
}

/// The longest answer that the client takes.
fn longest(asked: Option<&Message>, transport: Transport) -> usize {
    let takes = asked.and_then(|asked| asked.edns.as_ref()).map_or(*UDP.start(), Edns::max_payload);
    match transport {
        Transport::Udp => takes.clamp(*UDP.start(), *UDP.end()).into(),
        Transport::Tcp => u16::MAX.into(),
    }
}
