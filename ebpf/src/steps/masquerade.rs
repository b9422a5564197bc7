//! The port that a conversation gets (RFC 4787 §4, RFC 6056 §3.3.3).
//!
//! The first try comes from the tuple, so that a conversation that was forgotten finds its port again;
//! the next ones step through the range so that none is tried twice. Conversations step differently: if
//! all stepped alike, the ports that one left free would be those that the next ones leave, too, and
//! refusals would begin where one port in thirty is free.

use causeway_common::{FlowKeyV4, Port};

/// Steps through a range. Primes beyond every number of ports: a walk of any of them meets all ports of
/// any range before it meets one again, as far as walks go ([`causeway_common::limits::PORT_TRIES`]).
const STEPS: [u32; 16] = [
    106_087, 81_013, 121_523, 96_479, 71_453, 111_949, 86_923, 127_423, 102_397, 77_359, 117_877, 92_831,
    67_801, 108_301, 83_267, 123_787,
];
/// Odd, and near 2^32 divided by the golden ratio: products differ where factors do.
const MIX: u32 = 0x9e37_79b1;

/// The ports that may be given: `count` from `first`, host order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: u16,
    /// How many; 0: none.
    pub count: u16,
}

impl Range {
    /// Whether a port is one of them.
    #[inline(always)]
    pub const fn contains(self, port: Port) -> bool {
        u16::from_be_bytes(port).wrapping_sub(self.first) < self.count
    }

    /// The port of a try; tries count from 0. The first one is the hash's share of the range.
    #[expect(clippy::cast_possible_truncation, reason = "the rest of a division by 16 bits has no more")]
    #[inline(always)]
    pub const fn port(self, hash: u32, attempt: u32) -> Port {
        let count = self.count as u32;
        let start = ((hash >> 16) * count) >> 16;
        let step = STEPS[((hash >> 12) & 15) as usize];
        let walked = start.wrapping_add(attempt.wrapping_mul(step));
        let offset = match walked.checked_rem(count) {
            Some(offset) => offset as u16,
            None => 0,
        };
        self.first.wrapping_add(offset).to_be_bytes()
    }
}

/// A number that depends on every bit of a tuple; its upper half most.
#[inline(always)]
pub const fn hash(key: &FlowKeyV4) -> u32 {
    // Each port as it is read: of four bytes the compiler makes four.
    let ports = (u16::from_be_bytes(key.src_port) as u32) << 16 | u16::from_be_bytes(key.dst_port) as u32;
    let [v, n, i] = key.vni;
    let mut sum = u32::from_be_bytes(key.src).wrapping_mul(MIX);
    sum = (sum ^ sum >> 15 ^ u32::from_be_bytes(key.dst)).wrapping_mul(MIX);
    sum = (sum ^ sum >> 15 ^ ports).wrapping_mul(MIX);
    (sum ^ sum >> 15 ^ u32::from_be_bytes([key.protocol, v, n, i])).wrapping_mul(MIX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use causeway_common::limits::PORT_TRIES;

    use super::*;

    /// A container's conversation with the outside.
    fn key(port: u16) -> FlowKeyV4 {
        FlowKeyV4 {
            src: [10, 0, 0, 2],
            dst: [198, 18, 0, 100],
            src_port: port.to_be_bytes(),
            dst_port: [0, 80],
            protocol: 6,
            vni: [0xff, 0, 0],
        }
    }

    const RANGE: Range = Range { first: 40_000, count: 21_000 };

    #[test]
    fn no_port_is_tried_twice_while_others_are_left() {
        for (step, count) in (0..16).flat_map(|step| [1, 2, 100, 1024, 21_000, 64_512].map(|n| (step, n))) {
            let range = Range { first: 1024, count };
            let tries = PORT_TRIES.min(count.into());
            let ports: BTreeSet<Port> =
                (0..tries).map(|attempt| range.port(0x1234_0000 | step << 12, attempt)).collect();
            assert_eq!(ports.len(), tries as usize, "step {step}, {count} ports");
            assert!(ports.iter().all(|port| range.contains(*port)), "step {step}, {count} ports");
        }
        assert_eq!(Range { first: 7, count: 0 }.port(1, 1), 7_u16.to_be_bytes());
    }

    #[test]
    fn the_tries_find_a_port_until_99_of_100_are_taken() {
        for destination in 0..10 {
            let mut taken = BTreeSet::new();
            let mut found = |source: u16| {
                let hash = hash(&FlowKeyV4 { dst: [198, 18, 0, destination], ..key(source) });
                (0..PORT_TRIES).any(|attempt| taken.insert(RANGE.port(hash, attempt)))
            };
            let used = (2000..23_000).take_while(|source| found(*source)).count();
            assert!(used >= 20_790, "{used} of 21,000");
        }
    }

    #[test]
    fn the_borders_are_the_ranges() {
        for (port, within) in [(39_999_u16, false), (40_000, true), (60_999, true), (61_000, false)] {
            assert_eq!(RANGE.contains(port.to_be_bytes()), within, "{port}");
        }
        assert!(!Range { first: 0, count: 0 }.contains([0, 0]));
    }

    #[test]
    fn tuples_that_differ_in_one_port_start_elsewhere() {
        let ports: BTreeSet<Port> = (0..10_000).map(|port| RANGE.port(hash(&key(port)), 0)).collect();
        // Of 10,000 balls in 21,000 bins about 8,000 lie alone or first.
        assert!(ports.len() > 7_000, "{}", ports.len());
    }
}
