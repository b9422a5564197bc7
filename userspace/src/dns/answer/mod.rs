//! The answer to one question: pure, but for the order of addresses, whose chance is passed in.

mod address;
mod pointer;
mod port;
#[cfg(test)]
mod tests;

use hickory_proto::{
    op::{Query, ResponseCode},
    rr::{DNSClass, Record, RecordType},
};
use rand::Rng;

use super::names::{Client, reverse_address, spelled};

/// What to do with a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Known here: never leaves the node.
    Answer(Answer),
    /// Not known here: ask the container's servers.
    Forward,
    /// Neither.
    Refuse(ResponseCode),
}

/// What is known here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The name does not exist, and would be ours.
    pub unknown: bool,
    /// The records that were asked for; none where a known name has none of that type.
    pub records: Vec<Record>,
    /// Addresses of names in the records.
    pub additionals: Vec<Record>,
}

/// Answers a question as its container may see the names.
pub fn answer(client: &Client, question: &Query, chance: &mut impl Rng) -> Outcome {
    let transfer = matches!(question.query_type(), RecordType::AXFR | RecordType::IXFR);
    if question.query_class() != DNSClass::IN || transfer {
        return Outcome::Refuse(ResponseCode::Refused);
    }
    let known = spelled(question.name()).and_then(|name| {
        let ours = client.host(&name).map(|host| address::answer(host, question, chance));
        ours.or_else(|| port::answer(client, &name, question))
            .or_else(|| pointer::answer(client, reverse_address(&name)?, question))
    });
    known.map_or_else(|| outside(client, question), Outcome::Answer)
}

/// A name that is none of ours. Where it may not leave, Docker says SERVFAIL too.
fn outside(client: &Client, question: &Query) -> Outcome {
    let host_of_a_domain = question.name().num_labels() == 1
        && matches!(question.query_type(), RecordType::A | RecordType::AAAA);
    if client.ndots_set && host_of_a_domain {
        return Outcome::Answer(Answer::default());
    }
    if client.outside || client.docker || !client.servers.is_empty() {
        Outcome::Forward
    } else {
        Outcome::Refuse(ResponseCode::ServFail)
    }
}
