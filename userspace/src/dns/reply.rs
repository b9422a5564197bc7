//! Answers as bytes.

use hickory_proto::{
    op::{Edns, Message, Metadata, ResponseCode},
    rr::Record,
};

use super::{answer::Answer, limits::LONGEST_UDP};

/// Length of a message's header (RFC 1035 §4.1.1).
pub(super) const HEADER: usize = 12;

/// An answer to a request, without records yet.
fn to(request: &Message, code: ResponseCode) -> Message {
    let mut reply = Message::response(request.metadata.id, request.metadata.op_code);
    reply.metadata = Metadata::response_from_request(&request.metadata);
    reply.metadata.recursion_available = true;
    reply.metadata.response_code = code;
    reply.queries.clone_from(&request.queries);
    reply.edns = request.edns.as_ref().map(edns);
    reply
}

/// An answer of which we are the authority.
pub(super) fn known(request: &Message, answer: Answer) -> Message {
    let code = if answer.unknown { ResponseCode::NXDomain } else { ResponseCode::NoError };
    let mut reply = to(request, code);
    reply.metadata.authoritative = true;
    reply.answers = answer.records;
    reply.additionals = answer.additionals;
    reply
}

/// The answer to bytes that are no message but begin like one: their id, operation and RD bit, and
/// FORMERR; none for what could be an answer itself, so that two servers never talk without an end.
pub(super) fn to_malformed(request: &[u8]) -> Option<Vec<u8>> {
    let [id_high, id_low, flags, ..] = *request.get(..HEADER)? else { return None };
    let answers = flags & 0x80 != 0;
    let mut reply = vec![0; HEADER];
    reply[..4].copy_from_slice(&[id_high, id_low, 0x80 | flags & 0x79, 0x80 | FORMERR]);
    (!answers).then_some(reply)
}

/// The code of a malformed query (RFC 1035 §4.1.1).
const FORMERR: u8 = 1;

/// At most `limit` bytes of a reply: with fewer records and the TC bit where all do not fit (RFC 2181
/// §9). None where it cannot be written, which only a name that is too long can cause.
pub(super) fn bytes(mut reply: Message, limit: usize) -> Option<Vec<u8>> {
    loop {
        let bytes = reply.to_vec().ok()?;
        if bytes.len() <= limit {
            return Some(bytes);
        }
        // What is only additional may be missing without a word.
        if reply.additionals.is_empty() {
            reply.metadata.truncation = true;
            let most = reply.answers.len().checked_sub(1)?;
            reply.answers.truncate(fitting(&reply.answers, bytes.len(), limit).min(most));
        }
        reply.additionals.clear();
    }
}

/// About as many of the records as fit: they are alike.
fn fitting(records: &[Record], length: usize, limit: usize) -> usize {
    records.len() * limit / length.max(1)
}

/// What we say of ourselves where the client speaks EDNS (RFC 6891 §6.1.1).
fn edns(request: &Edns) -> Edns {
    let mut ours = Edns::new();
    ours.set_max_payload(LONGEST_UDP).set_dnssec_ok(request.flags().dnssec_ok);
    ours
}

/// SERVFAIL, REFUSED and the like to a request that was understood.
pub(super) fn refusal(request: &Message, code: ResponseCode) -> Option<Vec<u8>> {
    to(request, code).to_vec().ok()
}
