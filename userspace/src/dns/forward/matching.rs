//! Whether an answer is one to our question, and a good one: by its bytes, so that what we do not
//! understand of it is passed on whole.

use crate::dns::reply::HEADER;

/// Whether `answer` is one to `query`: same id, same question (RFC 5452 §9.1). Case does not count,
/// since not every server keeps it.
pub fn is_answer(query: &[u8], answer: &[u8]) -> bool {
    let same_id = answer.get(..2) == query.get(..2);
    let is_answer = answer.get(2).is_some_and(|flags| flags & 0x80 != 0);
    same_id && is_answer && asks_the_same(query, answer)
}

fn asks_the_same(query: &[u8], answer: &[u8]) -> bool {
    let Some(end) = question_end(query) else { return false };
    match (query.get(HEADER..end), answer.get(HEADER..end)) {
        (Some(asked), Some(echoed)) => asked.eq_ignore_ascii_case(echoed),
        // A server that refuses may leave the question out.
        _ => answer.len() == HEADER && !is_good(answer),
    }
}

/// Where the first question ends: a name, its type and its class (RFC 1035 §4.1.2).
fn question_end(query: &[u8]) -> Option<usize> {
    let mut at = HEADER;
    loop {
        match *query.get(at)? {
            0 => return Some(at + 5),
            // A pointer: no name that was read before stands in a query.
            length if length > 63 => return None,
            length => at += usize::from(length) + 1,
        }
    }
}

/// Whether it is not SERVFAIL and not REFUSED, after which another server is asked.
pub fn is_good(answer: &[u8]) -> bool {
    !matches!(answer.get(3).map(|flags| flags & 0xf), None | Some(2 | 5))
}

/// Whether it was cut short (TC).
pub fn is_truncated(answer: &[u8]) -> bool {
    answer.get(2).is_some_and(|flags| flags & 2 != 0)
}

/// The message under another id.
pub fn with_id(message: &[u8], id: [u8; 2]) -> Vec<u8> {
    let mut message = message.to_vec();
    if let Some(place) = message.get_mut(..2) {
        place.copy_from_slice(&id);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03wEb\0\0\x01\0\x01";
    const ANSWER: &[u8] = b"\x12\x34\x81\x80\0\x01\0\0\0\0\0\0\x03web\0\0\x01\0\x01";

    fn changed(at: usize, byte: u8) -> Vec<u8> {
        let mut answer = ANSWER.to_vec();
        answer[at] = byte;
        answer
    }

    #[test]
    fn an_answer_has_the_id_and_the_question() {
        assert!(is_answer(QUERY, ANSWER));
        // Another id, no answer bit, another name, another type.
        for (at, byte) in [(1, 0), (2, 1), (13, b'x'), (18, 28)] {
            assert!(!is_answer(QUERY, &changed(at, byte)), "{at}");
        }
        assert!(!is_answer(QUERY, &ANSWER[..20]));
    }

    #[test]
    fn servers_that_decline_are_not_good() {
        assert!(is_good(ANSWER) && is_good(&changed(3, 0x83)));
        assert!(!is_good(&changed(3, 0x82)) && !is_good(&changed(3, 0x85)) && !is_good(b""));
        assert!(is_truncated(&changed(2, 0x83)) && !is_truncated(ANSWER));
        assert_eq!(with_id(ANSWER, [0xab, 0xcd])[..4], [0xab, 0xcd, 0x81, 0x80]);
    }
}
