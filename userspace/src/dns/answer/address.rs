//! The addresses of a name.

use hickory_proto::{
    op::Query,
    rr::{RData, Record, RecordType, rdata::A},
};
use rand::{Rng, seq::SliceRandom as _};

use super::Answer;
use crate::dns::names::Host;

/// Its addresses in an order of chance; nothing for other types, since it has no other records.
pub(super) fn answer(host: &Host, question: &Query, chance: &mut impl Rng) -> Answer {
    if !matches!(question.query_type(), RecordType::A | RecordType::ANY) {
        return Answer::default();
    }
    let record = |addr: &_| Record::from_rdata(question.name().clone(), host.ttl, RData::A(A(*addr)));
    let mut records: Vec<_> = host.addresses.iter().map(record).collect();
    records.shuffle(chance);
    Answer { records, ..Answer::default() }
}
