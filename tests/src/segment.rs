//! One segment of which the ends vary: quick enough to make a flood of.

use std::net::{Ipv4Addr, SocketAddrV4};

use etherparse::PacketBuilder;

/// Offsets in a frame: Ethernet, IPv4 without options, TCP or UDP.
const SOURCE: usize = 26;
const DESTINATION: usize = 30;
const SOURCE_PORT: usize = 34;
const DESTINATION_PORT: usize = 36;
const IP_SUM: usize = 24;
const TCP_SUM: usize = 50;

/// A TCP segment in a frame; its checksums are right whatever ends it is given.
#[derive(Clone, Debug)]
pub struct Segment(Vec<u8>);

impl Segment {
    /// A SYN from a MAC to another.
    pub fn syn(from: [u8; 6], to: [u8; 6]) -> Self {
        let mut frame = Vec::new();
        let nobody = Ipv4Addr::UNSPECIFIED.octets();
        let builder =
            PacketBuilder::ethernet2(from, to).ipv4(nobody, nobody, 64).tcp(0, 0, 1000, 64_000).syn();
        // A vector takes every packet, and this one is short.
        let _ = builder.write(&mut frame, &[]);
        Self(frame)
    }

    /// Says whom it is from.
    pub fn from(&mut self, from: SocketAddrV4) {
        self.put_address(SOURCE, *from.ip());
        self.put_port(SOURCE_PORT, from.port());
    }

    /// Says whom it is for.
    pub fn to(&mut self, to: SocketAddrV4) {
        self.put_address(DESTINATION, *to.ip());
        self.put_port(DESTINATION_PORT, to.port());
    }

    /// The frame.
    pub fn frame(&self) -> &[u8] {
        &self.0
    }

    fn put_address(&mut self, at: usize, address: Ipv4Addr) {
        let [a, b, c, d] = address.octets();
        for (at, word) in [(at, [a, b]), (at + 2, [c, d])] {
            self.mend(IP_SUM, at, word);
            self.mend(TCP_SUM, at, word);
            self.0[at..at + 2].copy_from_slice(&word);
        }
    }

    fn put_port(&mut self, at: usize, port: u16) {
        let word = port.to_be_bytes();
        self.mend(TCP_SUM, at, word);
        self.0[at..at + 2].copy_from_slice(&word);
    }

    /// Makes a checksum right for another word (RFC 1624: ~(~sum + ~old + new)).
    fn mend(&mut self, sum: usize, at: usize, new: [u8; 2]) {
        let (was, old) = (self.word(sum), self.word(at));
        let total = u32::from(!was) + u32::from(!old) + u32::from(u16::from_be_bytes(new));
        let folded = (total & 0xffff) + (total >> 16);
        let folded = (folded & 0xffff) + (folded >> 16);
        let [.., high, low] = (!folded).to_be_bytes();
        self.0[sum..sum + 2].copy_from_slice(&[high, low]);
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_be_bytes([self.0[at], self.0[at + 1]])
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use etherparse::{NetHeaders, PacketHeaders, TransportHeader};

    use super::*;

    #[test]
    fn checksums_are_right_whatever_ends_it_is_given() {
        let mut segment = Segment::syn([2; 6], [4; 6]);
        for number in 0..1000_u32 {
            let [a, b, c, d] = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
            let port = u16::from_be_bytes([b, c]);
            segment.from(SocketAddrV4::new([a, b, c, d].into(), port));
            segment.to(SocketAddrV4::new([d, c, b, a].into(), !port));
            let read = PacketHeaders::from_ethernet_slice(segment.frame()).unwrap();
            let (Some(NetHeaders::Ipv4(ip, _)), Some(TransportHeader::Tcp(tcp))) = (read.net, read.transport)
            else {
                panic!("it is TCP over IPv4");
            };
            assert_eq!((ip.source, ip.destination), ([a, b, c, d], [d, c, b, a]));
            assert_eq!((tcp.source_port, tcp.destination_port), (port, !port));
            assert_eq!(ip.header_checksum, ip.calc_header_checksum());
            assert_eq!(tcp.checksum, tcp.calc_checksum_ipv4(&ip, &[]).unwrap());
        }
    }
}
