//! What a node says of ports of the mesh: resets and segment sizes are what etherparse builds and reads.

use causeway_ebpf::{
    steps::{
        mss::{self, TURNS, Walk},
        reset,
    },
    wire::{self, TcpFrame},
};
use causeway_tests::dataplane::translated;
use etherparse::{IpNumber, Ipv4Header, TcpHeader, TcpOptionElement, TcpSlice};
use rand::{Rng, rngs::StdRng};

use crate::random::each;

const MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
/// Where the TCP header begins.
const TRANSPORT: usize = 34;

/// Options of which some make sense, a multiple of four bytes of them.
fn options(rng: &mut StdRng) -> Vec<u8> {
    let mut options = Vec::new();
    while options.len() < 36 && rng.random_bool(0.8) {
        let some: &[u8] = match rng.random_range(0..6) {
            0 => &[1],
            1 => &[2, 4, rng.random(), rng.random()],
            2 => &[3, 3, 7],
            3 => &[4, 2],
            4 => &[8, 10, 1, 2, 3, 4, 5, 6, 7, 8],
            _ => &[rng.random(), rng.random()],
        };
        options.extend(some);
    }
    options.truncate(40);
    options.resize(options.len().next_multiple_of(4), 0);
    options
}

/// A segment of a random client's; its text is some bytes long.
fn segment(rng: &mut StdRng) -> (TcpHeader, Ipv4Header, Vec<u8>) {
    let (source, destination) = (rng.random(), rng.random());
    let ip = Ipv4Header { source, destination, time_to_live: rng.random(), ..Ipv4Header::default() };
    let mut ip = Ipv4Header { protocol: IpNumber::TCP, ..ip };
    let mut tcp = TcpHeader::new(rng.random(), rng.random(), rng.random(), rng.random());
    (tcp.syn, tcp.fin, tcp.ack, tcp.psh) = (rng.random(), rng.random(), rng.random(), rng.random());
    tcp.acknowledgment_number = rng.random();
    tcp.set_options_raw(&options(rng)).expect("they fit");
    let text = vec![rng.random(); rng.random_range(0..40)];
    ip.set_payload_len(tcp.header_len() + text.len()).expect("it fits");
    tcp.checksum = tcp.calc_checksum_ipv4(&ip, &text).expect("it fits");
    let bytes = translated::frame(MACS, ip.clone(), &[tcp.to_bytes().as_slice(), &text].concat());
    (tcp, ip, bytes)
}

/// The reset that RFC 9293 §3.10.7.1 wants.
fn wanted(tcp: &TcpHeader, ip: &Ipv4Header, bytes: &[u8]) -> Vec<u8> {
    let text = u32::try_from(bytes.len() - TRANSPORT - tcp.header_len()).expect("it is short");
    let next = tcp.sequence_number.wrapping_add(text + u32::from(tcp.syn) + u32::from(tcp.fin));
    let says = if tcp.ack { (tcp.acknowledgment_number, None) } else { (0, Some(next)) };
    let ends = ((ip.destination, tcp.destination_port), (ip.source, tcp.source_port));
    translated::reset((MACS.1, MACS.0), ends.0, ends.1, says)
}

#[test]
fn resets_are_what_etherparse_builds() {
    each(31, |rng| {
        let (tcp, ip, mut bytes) = segment(rng);
        let wanted = wanted(&tcp, &ip, &bytes);
        let frame = wire::of::<TcpFrame>(&mut bytes).expect("54 bytes");
        let takes = reset::takes(frame);
        let delta = reset::answer(frame, takes);
        frame.tcp.checksum = wire::add_delta(frame.tcp.checksum, delta);
        // 0xffff is zero's other form: both say the same (RFC 1624 §3).
        if frame.tcp.checksum == [0xff; 2] {
            frame.tcp.checksum = [0; 2];
        }
        bytes.truncate(54);
        assert_eq!(bytes, wanted, "{tcp:?}");
    });
}

/// The size that etherparse reads, of options that it can read up to there.
fn read(bytes: &[u8]) -> Option<u16> {
    let tcp = TcpSlice::from_slice(&bytes[TRANSPORT..]).expect("it is whole");
    tcp.options_iterator().map_while(Result::ok).find_map(|option| match option {
        TcpOptionElement::MaximumSegmentSize(size) => Some(size),
        _ => None,
    })
}

/// Whether etherparse can read the options to their end, or to the size.
fn is_readable(bytes: &[u8]) -> bool {
    let tcp = TcpSlice::from_slice(&bytes[TRANSPORT..]).expect("it is whole");
    let is_size = |option: &Result<_, _>| matches!(option, Ok(TcpOptionElement::MaximumSegmentSize(_)));
    let mut options = tcp.options_iterator();
    options.find(|option| option.is_err() || is_size(option)).is_none_or(|option| option.is_ok())
}

#[test]
fn segment_sizes_are_found_where_etherparse_finds_them_and_lowered_rightly() {
    each(32, |rng| {
        let (_, _, mut bytes) = segment(rng);
        let byte = |at: u32| bytes.get(TRANSPORT + at as usize).copied();
        let mut walk = Walk::over(bytes[TRANSPORT + 12]);
        let turns = (0..TURNS).take_while(|_| !walk.turn(byte)).count();
        assert!(turns < TURNS as usize, "the walk comes to an end");
        if !is_readable(&bytes) {
            return;
        }
        let found = walk.found as usize;
        let old = (found != 0).then(|| [bytes[TRANSPORT + found], bytes[TRANSPORT + found + 1]]);
        assert_eq!(old.map(u16::from_be_bytes), read(&bytes), "{bytes:02x?}");
        if let Some(old) = old {
            lower(rng, &mut bytes, walk.found, old);
        }
    });
}

/// Another size, and what becomes of the checksum.
fn lower(rng: &mut StdRng, bytes: &mut [u8], found: u32, old: [u8; 2]) {
    let (new, at): ([u8; 2], usize) = (rng.random(), TRANSPORT + found as usize);
    bytes[at..at + 2].copy_from_slice(&new);
    let frame = wire::of::<TcpFrame>(bytes).expect("54 bytes");
    let checksum = wire::add_delta(frame.tcp.checksum, mss::change(found, old, new));
    let (source, destination) = (frame.ip.src_addr, frame.ip.dst_addr);
    let tcp = TcpSlice::from_slice(&bytes[TRANSPORT..]).expect("it is whole");
    let wanted = tcp.calc_checksum_ipv4(source, destination).expect("it fits");
    let zero = |sum: u16| if sum == u16::MAX { 0 } else { sum };
    assert_eq!(zero(u16::from_be_bytes(checksum)), zero(wanted));
}
