//! Numbered packets: a token, noise that follows from it, and the token once more.

use causeway_common::faults::{Token, draw};

/// The shortest that there are: both tokens.
pub const SHORTEST: usize = 2 * Token::LEN;

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// As it was sent.
    Whole(Token),
    /// This one, but not as it was sent.
    Harmed(Token),
    /// Nobody knows which one.
    Unknown,
}

/// A packet of a length; at least [`SHORTEST`].
pub fn write(token: Token, length: usize) -> Vec<u8> {
    let length = length.max(SHORTEST);
    let mut bytes = token.to_bytes().to_vec();
    let noise = (0..).flat_map(|at| draw(token.stream, token.number, at).to_ne_bytes());
    bytes.extend(noise.take(length - SHORTEST));
    bytes.extend(token.to_bytes());
    bytes
}

/// Looks at every byte of a packet.
pub fn read(bytes: &[u8], magic: u32) -> Read {
    let ends = [bytes.first_chunk(), bytes.last_chunk()];
    let mut tokens = ends.into_iter().flatten().map(Token::from_bytes);
    match tokens.find(|token| token.is_of(magic)) {
        None => Read::Unknown,
        Some(token) if write(token, bytes.len()) == bytes => Read::Whole(token),
        Some(token) => Read::Harmed(token),
    }
}

#[cfg(test)]
mod tests {
    use super::{Read, SHORTEST, read, write};
    use causeway_common::faults::Token;

    #[test]
    fn a_packet_is_known_by_its_tokens_and_harm_is_seen_wherever_it_is() {
        let token = Token::new(7, 1, 2);
        for length in [SHORTEST, 100, 1400] {
            let packet = write(token, length);
            assert_eq!((packet.len(), read(&packet, 7)), (length, Read::Whole(token)));
            assert_eq!(read(&packet, 8), Read::Unknown);
            for at in 0..length {
                let mut harmed = packet.clone();
                harmed[at] ^= 1;
                assert_eq!(read(&harmed, 7), Read::Harmed(token));
            }
            assert_eq!(read(&packet[..length - 1], 7), Read::Harmed(token));
        }
        assert_eq!(read(&[0; 8], 7), Read::Unknown);
    }
}
