//! IPv4: parsing, checksums, hops, ECN.

use causeway_ebpf::{
    steps::ecn,
    wire::{self, IpHeader, Ipv4Frame},
};
use causeway_tests::dataplane::oracle;
use etherparse::{IpEcn, Ipv4HeaderSlice};
use rand::Rng;

use crate::random::{each, header, mutate};

/// A frame with a header and some payload.
fn frame(ip: &etherparse::Ipv4Header, payload: usize) -> Vec<u8> {
    let mut frame = vec![0; 14];
    frame.extend(ip.to_bytes());
    frame.resize(frame.len() + payload, 0xaa);
    frame
}

#[test]
fn headers_are_read_as_etherparse_reads_them() {
    each(1, |rng| {
        let payload = rng.random_range(0..64);
        let mut header = header(rng);
        if rng.random() {
            header.total_len = u16::try_from(header.header_len() + payload).unwrap_or(u16::MAX);
        }
        let mut bytes = frame(&header, payload);
        mutate(rng, &mut bytes[14..34]);
        let room = u32::try_from(bytes.len() - 14).unwrap_or(u32::MAX);
        let oracle_sound = oracle::sound_ipv4(&bytes[14..]).is_some();
        let oracle = Ipv4HeaderSlice::from_slice(&bytes[14..]).map(|slice| slice.to_header());
        let mut copy = bytes.clone();
        let ip = &wire::of::<Ipv4Frame>(&mut copy).expect("34 bytes").ip;
        assert_eq!(ip.is_sound(room), oracle_sound, "{bytes:02x?}");
        if let Ok(oracle) = oracle {
            assert_eq!((ip.source(), ip.destination()), (oracle.source, oracle.destination));
            assert_eq!((ip.hops_left(), ip.protocol()), (oracle.time_to_live, oracle.protocol.0));
            assert_eq!((ip.ecn(), ip.header_len() as usize), (oracle.ecn.value(), oracle.header_len()));
        }
    });
}

#[test]
fn a_hop_less_is_what_etherparse_writes() {
    each(2, |rng| {
        let mut header = header(rng);
        header.time_to_live = header.time_to_live.max(1);
        header.header_checksum = header.calc_header_checksum();
        let mut bytes = frame(&header, 0);
        wire::of::<Ipv4Frame>(&mut bytes).expect("34 bytes").ip.take_hop();
        header.time_to_live -= 1;
        header.header_checksum = header.calc_header_checksum();
        assert_eq!(bytes, frame(&header, 0));
    });
}

/// RFC 6040, figure 4: rows are the inner header (Not-ECT, ECT(1), ECT(0), CE as numbers), columns
/// the outer one; `None` drops.
const RFC_6040: [[Option<u8>; 4]; 4] = [
    [Some(0), Some(0), Some(0), None],
    [Some(1), Some(1), Some(1), Some(3)],
    [Some(2), Some(1), Some(2), Some(3)],
    [Some(3), Some(3), Some(3), Some(3)],
];

#[test]
fn congestion_is_carried_over_as_the_rfc_says_and_etherparse_writes() {
    each(3, |rng| {
        let mut header = header(rng);
        let outer: u8 = rng.random_range(0..4);
        let mut bytes = frame(&header, 0);
        let carried = ecn::carry_over(&mut wire::of::<Ipv4Frame>(&mut bytes).expect("34 bytes").ip, outer);
        match RFC_6040[usize::from(header.ecn.value())][usize::from(outer)] {
            None => assert!(carried.is_err()),
            Some(bits) => {
                assert_eq!(carried, Ok(()));
                header.ecn = IpEcn::try_new(bits).expect("two bits");
                header.header_checksum = header.calc_header_checksum();
                assert_eq!(bytes, frame(&header, 0));
            }
        }
    });
}
