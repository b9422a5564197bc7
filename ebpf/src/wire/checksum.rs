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
