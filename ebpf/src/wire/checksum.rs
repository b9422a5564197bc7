//! The Internet checksum, and how it changes when one word does.
//!
//! A checksum is the one's complement of the one's complement sum of 16-bit words (RFC 1071).
//! When a word `m` becomes `m'`, the new checksum is `HC' = ~(~HC + ~m + m')` (RFC 1624, eqn. 3):
//! no other byte has to be read. Sums are kept in 32 bits and folded at the end.

/// Folds a sum of at most 65,537 words to 16 bits, carries added back in.
#[expect(clippy::cast_possible_truncation, reason = "the second fold leaves at most 16 bits")]
#[inline(always)]
pub const fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    ((once & 0xffff) + (once >> 16)) as u16
}

/// The checksum after one 16-bit word changed; all in network order, as on the wire (RFC 1624).
#[inline(always)]
pub const fn replace(checksum: [u8; 2], old: [u8; 2], new: [u8; 2]) -> [u8; 2] {
    let inverted = !u16::from_be_bytes(checksum);
    let sum = inverted as u32 + !u16::from_be_bytes(old) as u32 + u16::from_be_bytes(new) as u32;
    (!fold(sum)).to_be_bytes()
}

/// What changes in a sum when 16-bit words do, network order: new words plus inverted old ones.
#[inline(always)]
pub fn delta<const N: usize>(old: [[u8; 2]; N], new: [[u8; 2]; N]) -> [u8; 2] {
    let inverted = old.iter().map(|word| u32::from(!u16::from_be_bytes(*word)));
    let added = new.iter().map(|word| u32::from(u16::from_be_bytes(*word)));
    fold(inverted.chain(added).sum()).to_be_bytes()
}

/// The checksum after a change of its words by a [`delta`].
#[inline(always)]
pub const fn add_delta(checksum: [u8; 2], delta: [u8; 2]) -> [u8; 2] {
    let inverted = !u16::from_be_bytes(checksum);
    (!fold(inverted as u32 + u16::from_be_bytes(delta) as u32)).to_be_bytes()
}

/// The delta of the change back.
#[inline(always)]
pub const fn invert(delta: [u8; 2]) -> [u8; 2] {
    [!delta[0], !delta[1]]
}

/// Changes a word under a checksum that covers it.
#[inline(always)]
pub fn change(checksum: &mut [u8; 2], word: &mut [u8; 2], new: [u8; 2]) {
    *checksum = replace(*checksum, *word, new);
    *word = new;
}

/// The one's complement sum, not inverted, of bytes in words of 16 bits; at most 131,072 bytes, an
/// even number of them.
#[inline(always)]
pub fn sum(bytes: &[u8]) -> u32 {
    bytes.as_chunks().0.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1624() {
        // Section 4: HC = 0xDD2F, m = 0x5555, m' = 0x3285 -> HC' = 0x0000.
        assert_eq!(replace([0xdd, 0x2f], [0x55, 0x55], [0x32, 0x85]), [0, 0]);
    }

    #[test]
    fn a_word_that_stays_changes_nothing() {
        assert_eq!(replace([0x12, 0x34], [0xab, 0xcd], [0xab, 0xcd]), [0x12, 0x34]);
    }

    #[test]
    fn carries_come_back_in() {
        assert_eq!(fold(0xffff), 0xffff);
        assert_eq!(fold(0x1_0000), 1);
        assert_eq!(fold(0x1_ffff), 1);
        assert_eq!(fold(0xffff_ffff), 0xffff);
    }
}
