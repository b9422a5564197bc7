//! TCP's maximum segment size (RFC 9293 §3.7.1), lowered where what both ends agree on would not fit
//! between them.

use crate::wire::delta;

/// Bytes of TCP without options, which is also where options begin.
const OPTIONS: u32 = 20;
/// Bytes of IPv4 and TCP without options.
const HEADERS: u16 = 40;
/// Turns after which a walk is over: there are 40 bytes of options.
pub const TURNS: u32 = 41;
/// Kinds of options: the list ends; a byte of nothing; the maximum segment size, and its length.
const END: u8 = 0;
const NOTHING: u8 = 1;
const SIZE: u8 = 2;
const SIZE_LEN: u8 = 4;

/// The largest segment that fits into packets of so many bytes.
#[inline(always)]
pub const fn of_packets(bytes: u16) -> u16 {
    bytes.saturating_sub(HEADERS)
}

/// A walk over the options of a TCP header, in search of the maximum segment size.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The next option, bytes from the start of the header.
    at: u32,
    /// Where options end.
    end: u32,
    /// Where the size stands; 0: it was not met yet.
    pub found: u32,
}

impl Walk {
    /// Over the options of a header with this length (words, in the upper half).
    #[inline(always)]
    pub const fn over(data_offset: u8) -> Self {
        Self { at: OPTIONS, end: (data_offset as u32 >> 4) * 4, found: 0 }
    }

    /// Goes on by one option; whether the walk is over. `byte` reads one byte of the header.
    #[inline(always)]
    pub fn turn(&mut self, byte: impl Fn(u32) -> Option<u8>) -> bool {
        if self.at >= self.end {
            return true;
        }
        let len = match byte(self.at) {
            None | Some(END) => return true,
            Some(NOTHING) => 1,
            Some(kind) => {
                let len = byte(self.at + 1).unwrap_or_default();
                if kind == SIZE && len == SIZE_LEN && self.at + u32::from(SIZE_LEN) <= self.end {
                    self.found = self.at + 2;
                    return true;
                }
                len
            }
        };
        self.at += u32::from(len);
        // A length under two would have the walk stand still.
        len == 0
    }
}

/// What changes in a sum when the two bytes at a place of the header become others. At an odd place they
/// belong to two words: halves of the sum change places with them.
#[inline(always)]
pub fn change(at: u32, old: [u8; 2], new: [u8; 2]) -> [u8; 2] {
    let [high, low] = delta([old], [new]);
    if at.is_multiple_of(2) { [high, low] } else { [low, high] }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    /// Where the size is found among options, from the start of the header.
    fn find(options: &[u8]) -> u32 {
        let words = (20 + options.len()).div_ceil(4);
        let mut walk = Walk::over(u8::try_from(words << 4).expect("it fits"));
        let byte = |at: u32| options.get(at as usize - 20).copied();
        let turns = (0..TURNS).take_while(|_| !walk.turn(byte)).count();
        assert!(turns < TURNS as usize, "the walk comes to an end");
        walk.found
    }

    #[test]
    fn the_size_is_found_wherever_it_stands() {
        assert_eq!(find(&[2, 4, 5, 180]), 22);
        assert_eq!(find(&[1, 2, 4, 5, 180, 1, 1, 0]), 23);
        assert_eq!(find(&[8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 4, 2, 2, 4, 5, 180]), 34);
    }

    #[test]
    fn a_list_without_it_comes_to_an_end() {
        let nothings: Vec<u8> = std::vec![1; 40];
        for options in [&[] as &[u8], &[0, 2, 4, 5], &[1, 1, 2, 4], &[9, 0, 2, 4], &[2, 3, 5, 0], &nothings] {
            assert_eq!(find(options), 0, "{options:?}");
        }
    }

    #[test]
    fn packets_hold_forty_bytes_more_than_segments() {
        assert_eq!((of_packets(1450), of_packets(30)), (1410, 0));
    }
}
