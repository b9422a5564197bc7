//! The port that a conversation gets (RFC 4787 §4, RFC 6056 §3.3.3).
//!
//! The first try comes from the tuple, so that a conversation that was forgotten finds its port again;
//! the next ones step through the range so that none is tried twice.

use causeway_common::{FlowKeyV4, Port};

/// Odd, and near 2^16 divided by the golden ratio: all steps of a walk over 2^16 places differ, and
/// neighbours lie far apart.
const STRIDE: u16 = 0x9e37;
/// As odd, for 32 bits.
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

    /// The port of a try; tries count from 0. Ranges are spread over 2^16 places, so that no port is
    /// more than one place from its share.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "places have 16 bits, and the product's upper half too"
    )]
    #[inline(always)]
    pub const fn port(self, hash: u32, attempt: u32) -> Port {
        let place = (hash >> 16) as u16;
        let place = place.wrapping_add((attempt as u16).wrapping_mul(STRIDE));
        let offset = (place as u32 * self.count as u32) >> 16;
        self.first.wrapping_add(offset as u16).to_be_bytes()
    }
}

/// A number that depends on every bit of a tuple; its upper half most.
#[inline(always)]
pub const fn hash(key: &FlowKeyV4) -> u32 {
    let [a, b, c, d] = [key.src_port[0], key.src_port[1], key.dst_port[0], key.dst_port[1]];
    let [v, n, i] = key.vni;
    let mut sum = u32::from_be_bytes(key.src).wrapping_mul(MIX);
    sum = (sum ^ sum >> 15 ^ u32::from_be_bytes(key.dst)).wrapping_mul(MIX);
    sum = (sum ^ sum >> 15 ^ u32::from_be_bytes([a, b, c, d])).wrapping_mul(MIX);
    (sum ^ sum >> 15 ^ u32::from_be_bytes([key.protocol, v, n, i])).wrapping_mul(MIX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const RANGE: Range = Range { first: 40_000, count: 21_000 };

    #[test]
    fn every_port_of_the_range_is_met_and_no_other() {
        let ports: BTreeSet<u16> =
            (0..65_536).map(|attempt| u16::from_be_bytes(RANGE.port(0x1234_5678, attempt))).collect();
        assert!(ports.iter().copied().eq(40_000..61_000));
        assert!(ports.iter().all(|port| RANGE.contains(port.to_be_bytes())));
    }

    #[test]
    fn a_thousand_tries_are_a_thousand_ports() {
        let ports: BTreeSet<Port> = (0..1024).map(|attempt| RANGE.port(7, attempt)).collect();
        assert!(ports.len() > 1000, "{}", ports.len());
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
        let key = |port: u16| FlowKeyV4 {
            src: [10, 0, 0, 2],
            dst: [198, 18, 0, 100],
            src_port: port.to_be_bytes(),
            dst_port: [0, 80],
            protocol: 6,
            vni: [0xff, 0, 0],
        };
        let ports: BTreeSet<Port> = (0..10_000).map(|port| RANGE.port(hash(&key(port)), 0)).collect();
        // Of 10,000 balls in 21,000 bins about 8,000 lie alone or first.
        assert!(ports.len() > 7_000, "{}", ports.len());
    }
}
