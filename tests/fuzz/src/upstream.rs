//! Answers of other name servers: an input's first byte is the length of our query, which comes next; the rest is
//! what came back.
//!
//! What is taken for an answer bears the query's id and its question, as an independent reader sees them.

use causeway::dns::matching::{is_answer, is_good, is_truncated, with_id};
use hickory_proto::op::Message;

/// Length of a message's header.
const HEADER: usize = 12;

/// Compares.
pub fn run(input: &[u8]) {
    let Some((length, rest)) = input.split_first() else { return };
    let Some((query, answer)) = rest.split_at_checked(usize::from(*length)) else { return };
    let _ = (is_good(answer), is_truncated(answer));
    renamed(answer);
    if !is_answer(query, answer) {
        return;
    }
    assert_eq!(query.get(..2), answer.get(..2), "another id");
    assert!(answer.len() >= HEADER, "less than a header");
    if let (Ok(asked), Ok(said)) = (Message::from_vec(query), Message::from_vec(answer))
        && let ([asked], [said]) = (&asked.queries[..], &said.queries[..])
    {
        assert!(asked.name().is_alike(said.name()), "another name: {asked} {said}");
        assert_eq!((asked.query_type(), asked.query_class()), (said.query_type(), said.query_class()));
    }
}

/// Names without regard to case.
trait Alike {
    fn is_alike(&self, other: &Self) -> bool;
}

impl Alike for hickory_proto::rr::Name {
    fn is_alike(&self, other: &Self) -> bool {
        self.iter().map(<[u8]>::to_ascii_lowercase).eq(other.iter().map(<[u8]>::to_ascii_lowercase))
    }
}

/// Another id changes nothing else.
fn renamed(message: &[u8]) {
    let other = with_id(message, [0xab, 0xcd]);
    assert_eq!(other.len(), message.len());
    assert_eq!(other.get(2..), message.get(2..));
}
