//! What bytes of a client deserve: pure, but for the order of addresses and the counters.

use hickory_proto::op::{Message, OpCode, ResponseCode};
use rand::Rng;

use super::{
    Counters,
    answer::{Answer, Outcome, answer},
    limits::{LONGEST_UDP, PLAIN_UDP},
    names::Client,
    reply,
};

/// How a query came; its answer goes the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream of messages, each after its length.
    Tcp,
}

/// What to do with bytes of a client.
#[derive(Debug)]
pub enum Verdict {
    /// Nothing: they are no query.
    Silence,
    /// Send this.
    Say(Vec<u8>),
    /// Ask the container's servers.
    Ask(Box<Ask>),
}

/// A query for the container's servers.
#[derive(Debug)]
pub struct Ask {
    /// The query, understood.
    pub(super) request: Message,
    /// How it came.
    pub(super) transport: Transport,
    /// The longest answer that its client takes, bytes.
    pub(super) limit: usize,
}

/// Reads a message and answers what can be answered here.
pub fn receive(
    client: &Client,
    bytes: &[u8],
    transport: Transport,
    counters: &Counters,
    chance: &mut impl Rng,
) -> Verdict {
    let Some(request) = read(bytes) else {
        counters.malformed.count();
        return reply::to_malformed(bytes).map_or(Verdict::Silence, Verdict::Say);
    };
    if let Some(code) = unserved(&request) {
        counters.malformed.count();
        return say(reply::refusal(&request, code));
    }
    let Some(question) = request.queries.first() else { return Verdict::Silence };
    let limit = limit(&request, transport);
    match answer(client, question, chance) {
        Outcome::Answer(answer) => {
            count(counters, &answer);
            say(reply::bytes(reply::known(&request, answer), limit))
        }
        Outcome::Forward => Verdict::Ask(Box::new(Ask { request, transport, limit })),
        Outcome::Refuse(code) => {
            let refused = code == ResponseCode::Refused;
            if refused { &counters.refused } else { &counters.failed }.count();
            say(reply::refusal(&request, code))
        }
    }
}

/// A message with one question; a count of questions is looked at before memory is taken for them.
fn read(bytes: &[u8]) -> Option<Message> {
    let header = bytes.get(..reply::HEADER)?;
    let (answers, operation) = (header[2] & 0x80 != 0, header[2] & 0x78);
    match header[4..6] {
        _ if answers => None,
        [0, 1] if operation == 0 => Message::from_vec(bytes).ok(),
        _ if operation == 0 => None,
        // What other operations carry is theirs: their header is enough to decline them.
        _ => Message::from_vec(&[&header[..4], &[0; 8]].concat()).ok(),
    }
}

/// The code for what is understood and not served.
fn unserved(request: &Message) -> Option<ResponseCode> {
    let edns_version = request.edns.as_ref().map_or(0, hickory_proto::op::Edns::version);
    match request.metadata.op_code {
        OpCode::Query if edns_version == 0 => None,
        OpCode::Query => Some(ResponseCode::BADVERS),
        _ => Some(ResponseCode::NotImp),
    }
}

/// The longest answer that the client takes.
fn limit(request: &Message, transport: Transport) -> usize {
    let takes = |edns: &hickory_proto::op::Edns| usize::from(edns.max_payload().min(LONGEST_UDP));
    match transport {
        Transport::Tcp => usize::from(u16::MAX),
        Transport::Udp => request.edns.as_ref().map_or(PLAIN_UDP, takes).max(PLAIN_UDP),
    }
}

fn count(counters: &Counters, answer: &Answer) {
    let counter = match answer {
        Answer { unknown: true, .. } => &counters.unknown,
        Answer { records, .. } if records.is_empty() => &counters.empty,
        Answer { .. } => &counters.answered,
    };
    counter.count();
}

fn say(bytes: Option<Vec<u8>>) -> Verdict {
    bytes.map_or(Verdict::Silence, Verdict::Say)
}
