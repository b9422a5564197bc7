//! Translation: packets and quoted packets become what etherparse builds for the new addresses.

use causeway_common::{Flow, FlowKeyV4};
use causeway_ebpf::{
    steps::{icmp_error, nat, tuple},
    wire::{self, ErrorFrame, TcpErrorFrame, TcpFrame, TransportFrame, UdpFrame},
};
use causeway_tests::dataplane::translated::{At, Kind, error, packet};
use rand::{Rng, rngs::StdRng};

use crate::random::each;

const MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
const NEW_MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 3], [2, 0, 0, 0, 0, 4]);

/// An end that often differs from another in little, or in nothing.
fn end(rng: &mut StdRng) -> At {
    let addr = if rng.random_bool(0.2) { [10, 0, 0, rng.random_range(0..3)] } else { rng.random() };
    let port = *[0, 1, 80, 0x7fff, 0xff00, 0xffff].get(rng.random_range(0..12)).unwrap_or(&rng.random());
    (addr, port)
}

fn kind(rng: &mut StdRng) -> Kind {
    match rng.random_range(0..5) {
        0 => Kind::Tcp(rng.random_range(0..32)),
        1 => Kind::Udp,
        2 => Kind::UdpUnchecked,
        3 => Kind::Echo,
        _ => Kind::EchoReply,
    }
}

/// Two ends, and what they become. An echo has one number, at its source.
struct Case {
    kind: Kind,
    from: At,
    to: At,
    new_from: At,
    new_to: At,
}

impl Case {
    fn new(rng: &mut StdRng) -> Self {
        let kind = kind(rng);
        let (from, mut to, new_from, mut new_to) = (end(rng), end(rng), end(rng), end(rng));
        if matches!(kind, Kind::Echo | Kind::EchoReply) {
            (to.1, new_to.1) = (from.1, new_from.1);
        }
        Self { kind, from, to, new_from, new_to }
    }

    fn before(&self, hops: u8) -> Vec<u8> {
        packet(self.kind, MACS, self.from, self.to, hops)
    }

    fn after(&self, hops: u8) -> Vec<u8> {
        packet(self.kind, NEW_MACS, self.new_from, self.new_to, hops)
    }

    /// The packet's tuple, as the road reads it, and the flow that is decided for it.
    fn decide(&self, packet: &mut [u8]) -> (FlowKeyV4, Flow) {
        let frame = wire::of::<TransportFrame>(packet).expect("42 bytes");
        let tuple::Seen::Whole(key) = tuple::seen(frame, [0; 3]) else { panic!("it has ports") };
        let to = nat::Translation {
            src: self.new_from.0,
            dst: self.new_to.0,
            src_port: self.new_from.1.to_be_bytes(),
            dst_port: self.new_to.1.to_be_bytes(),
        };
        let mut flow = Flow { dst_mac: NEW_MACS.0, src_mac: NEW_MACS.1, ..Flow::default() };
        nat::decide(&mut flow, &key, &to);
        (key, flow)
    }
}

/// What `bpf_l4_csum_replace` does to a checksum that the hardware is not to finish.
fn fix_checksum(packet: &mut [u8], flow: &Flow) {
    let both = |sum| wire::add_delta(wire::add_delta(sum, flow.address_delta), flow.port_delta);
    match packet[23] {
        wire::TCP => {
            let sum = &mut wire::of::<TcpFrame>(packet).expect("54 bytes").tcp.checksum;
            *sum = both(*sum);
        }
        wire::UDP => {
            let sum = &mut wire::of::<UdpFrame>(packet).expect("42 bytes").udp.check;
            if *sum != [0; 2] {
                *sum = both(*sum);
                *sum = if *sum == [0; 2] { [0xff; 2] } else { *sum };
            }
        }
        _ => {
            let sum = &mut wire::of::<TransportFrame>(packet).expect("42 bytes").eight.second;
            *sum = wire::add_delta(*sum, flow.port_delta);
        }
    }
}

/// TCP's and ICMP's checksum 0xffff is zero's other form: both say the same (RFC 1624 §3).
fn normal(mut packet: Vec<u8>) -> Vec<u8> {
    let at = match packet[23] {
        wire::TCP => 50,
        wire::ICMP => 36,
        _ => return packet,
    };
    if packet[at..at + 2] == [0xff; 2] {
        packet[at..at + 2].fill(0);
    }
    packet
}

#[test]
fn translated_packets_are_what_etherparse_builds() {
    each(20, |rng| {
        let case = Case::new(rng);
        let hops = rng.random_range(2..=255);
        let mut bytes = case.before(hops);
        let (_, flow) = case.decide(&mut bytes);
        nat::rewrite(wire::of::<TransportFrame>(&mut bytes).expect("42 bytes"), &flow);
        fix_checksum(&mut bytes, &flow);
        assert_eq!(normal(bytes), normal(case.after(hops - 1)));
    });
}

#[test]
fn answers_become_what_was_asked() {
    each(21, |rng| {
        let case = Case::new(rng);
        let (key, flow) = case.decide(&mut case.before(64));
        let mut reply = Flow { dst_mac: MACS.1, src_mac: MACS.0, ..Flow::default() };
        nat::answer(&mut reply, &key, &flow);
        let asked = |kind, from, to| packet(kind, (MACS.1, MACS.0), from, to, 63);
        let mut bytes = packet(case.kind, NEW_MACS, case.new_to, case.new_from, 64);
        nat::rewrite(wire::of::<TransportFrame>(&mut bytes).expect("42 bytes"), &reply);
        fix_checksum(&mut bytes, &reply);
        assert_eq!(normal(bytes), normal(asked(case.kind, case.to, case.from)));
    });
}

/// An error about a packet that went the other way: it quotes `new`, and what comes out quotes `old`.
#[test]
fn errors_quote_what_the_other_end_has_sent() {
    each(22, |rng| {
        let case = Case::new(rng);
        // The packet went from `to` to `from`; what the error's sender saw of it is the tuple reversed.
        let quoted = |from, to| packet(case.kind, MACS, from, to, 7);
        let mut forward = case.before(64);
        let (key, flow) = case.decide(&mut forward);
        let router = rng.random_bool(0.5).then(|| rng.random());
        let quote = *[28, 36, 40, 44].get(rng.random_range(0..4)).expect("four");
        let sender = router.filter(|addr| *addr != case.from.0);
        let mut bytes =
            error(MACS, sender.unwrap_or(case.from.0), case.to.0, 64, (&quoted(case.to, case.from), quote));
        let frame = wire::of::<ErrorFrame>(&mut bytes).expect("70 bytes");
        assert_eq!(tuple::complained_of(frame, [0; 3]), Some(key));
        icmp_error::rewrite(frame, &key, &flow);
        if icmp_error::quotes_tcp(frame)
            && let Some(frame) = wire::of::<TcpErrorFrame>(&mut bytes)
        {
            icmp_error::quoted_tcp(&mut frame.icmp.second, &mut frame.quoted, &flow);
        }
        let about = quoted(case.new_to, case.new_from);
        let new_sender = sender.unwrap_or(case.new_from.0);
        let expected = error(NEW_MACS, new_sender, case.new_to.0, 63, (&about, quote));
        compare(bytes, expected, quote);
    });
}

/// Compares errors; a quoted TCP checksum that is not quoted cannot be compared, and those of all
/// ones are zeroes.
fn compare(got: Vec<u8>, expected: Vec<u8>, quote: usize) {
    let (got, expected) = (normal_quote(got, quote), normal_quote(expected, quote));
    assert_eq!(got, expected);
}

/// Writes zeroes where a checksum has its other form; the error's own is worked out anew from what is
/// quoted then.
fn normal_quote(mut packet: Vec<u8>, quote: usize) -> Vec<u8> {
    let at = match packet[42 + 9] {
        wire::TCP if quote >= 38 => 42 + 20 + 16,
        wire::ICMP => 42 + 20 + 2,
        _ => 36,
    };
    for at in [at, 36] {
        if packet[at..at + 2] == [0xff; 2] {
            packet[at..at + 2].fill(0);
        }
    }
    packet
}
