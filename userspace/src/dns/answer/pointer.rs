//! The name of an address.

use std::net::Ipv4Addr;

use hickory_proto::{
    op::Query,
    rr::{RData, Record, RecordType, rdata::PTR},
};

use super::Answer;
use crate::dns::names::Client;

/// `name.network` of an address of the client's networks. An address that one of them holds and nobody
/// has is unknown: servers elsewhere cannot know better. None for all others.
pub(super) fn answer(client: &Client, addr: Ipv4Addr, question: &Query) -> Option<Answer> {
    let Some(name) = client.zones().find_map(|zone| zone.pointer(addr)) else {
        let ours = client.zones().any(|zone| zone.holds(addr));
        return ours.then(|| Answer { unknown: true, ..Answer::default() });
    };
    let asked = matches!(question.query_type(), RecordType::PTR | RecordType::ANY);
    // A container may end at any time, and its address go to another: not to be kept.
    let record = || Record::from_rdata(question.name().clone(), 0, RData::PTR(PTR(name.clone())));
    Some(Answer { records: asked.then(record).into_iter().collect(), ..Answer::default() })
}
