//! Packets of conversations: which one, and what becomes of them.

use causeway_common::{Flow, FlowKeyV4};
use causeway_ebpf::{
    steps::{
        echo, icmp_error, mss,
        nat::{self, Translation},
        reset, transit,
        tuple::{self, Seen},
    },
    wire::{self, ErrorFrame, TCP, Tcp, TcpErrorFrame, TcpFrame, TransportFrame, add_delta},
};

use super::{ETHERNET, IP, TRANSPORT, word};
use crate::checksum;

const VNI: [u8; 3] = [0, 16, 1];
/// Where a quoted packet begins in an ICMP error.
const QUOTED: usize = TRANSPORT + 8;
/// Which of ICMP's types asks for an echo.
const ECHO: u8 = 8;

/// Whatever the frame is of, as often as it can be.
pub(super) fn all(frame: &[u8]) {
    let mut copy = frame.to_vec();
    let Some(view) = wire::of::<TransportFrame>(&mut copy) else { return };
    let _ = (transit::udp(view), tuple::is_datagram(view));
    match tuple::seen(view, VNI) {
        Seen::Whole(key) | Seen::First(key) => {
            assert_eq!((key.src[..].as_ref(), &key.dst[..]), (&frame[26..30], &frame[30..34]));
            translated(frame.to_vec(), &key);
        }
        Seen::Error => error(frame),
        Seen::Later | Seen::Nothing => {}
    }
    if frame[ETHERNET + 9] == TCP {
        segment(frame);
    } else if frame[TRANSPORT] == ECHO {
        echoed(frame.to_vec());
    }
}

/// The flow of a conversation that is translated to other addresses and ports.
fn flow(key: &FlowKeyV4) -> Flow {
    let to = Translation {
        src: [198, 51, 100, 1],
        dst: [203, 0, 113, 9],
        src_port: [0x9c, 0x40],
        dst_port: [0, 80],
    };
    let (mut flow, mut back) = (Flow::default(), Flow::default());
    nat::decide(&mut flow, key, &to);
    nat::answer(&mut back, key, &flow);
    assert_eq!((back.src, back.dst, back.dst_port), (key.dst, key.src, key.src_port));
    flow
}

/// Translation keeps the header's checksum right, and what it changes in sums is what it changes.
fn translated(mut frame: Vec<u8>, key: &FlowKeyV4) {
    let (flow, before) = (flow(key), frame.clone());
    let view = wire::of::<TransportFrame>(&mut frame).expect("it was seen");
    nat::rewrite(view, &flow);
    if checksum::holds(&before[ETHERNET..TRANSPORT]) {
        assert!(checksum::holds(&frame[ETHERNET..TRANSPORT]), "the header's checksum");
    }
    let addresses = |frame: &[u8]| checksum::sum(0, &frame[26..34]);
    let moved = checksum::sum(addresses(&before).into(), &flow.address_delta);
    assert_eq!(moved % 0xffff, addresses(&frame) % 0xffff);
}

/// An error about a translated packet: the tuple is of the error's direction, and its checksums stay right.
fn error(frame: &[u8]) {
    let mut copy = frame.to_vec();
    let Some(view) = wire::of::<ErrorFrame>(&mut copy) else { return };
    let Some(key) = tuple::complained_of(view, VNI) else { return };
    assert_eq!((&key.dst[..], &key.src[..]), (&frame[30..34], &frame[QUOTED + 16..QUOTED + 20]));
    let end = ETHERNET + word(frame, ETHERNET + 2) as usize;
    let message = TRANSPORT..end.min(frame.len());
    let flow = flow(&key);
    icmp_error::rewrite(view, &key, &flow);
    if icmp_error::quotes_tcp(view) {
        quoted_tcp(&mut copy, &flow);
    }
    if checksum::holds(&frame[ETHERNET..TRANSPORT]) {
        assert!(checksum::holds(&copy[ETHERNET..TRANSPORT]), "the error's header");
    }
    // What is quoted has to be in the message for its sum to speak of it.
    if message.end >= QUOTED + 28 && frame[ETHERNET] == 0x45 {
        whole_error(frame, &copy, message);
    }
}

/// A TCP header that is quoted whole is translated too, where the message covers it.
fn quoted_tcp(copy: &mut [u8], flow: &Flow) {
    let covers = ETHERNET + word(copy, ETHERNET + 2) as usize >= QUOTED + 40;
    let Some(view) = wire::of::<TcpErrorFrame>(copy).filter(|_| covers) else { return };
    let mut tcp: Tcp = view.quoted;
    icmp_error::quoted_tcp(&mut view.icmp.second, &mut tcp, flow);
    view.quoted = tcp;
}

fn whole_error(before: &[u8], after: &[u8], message: std::ops::Range<usize>) {
    if checksum::holds(&before[message.clone()]) {
        assert!(checksum::holds(&after[message]), "the error's own checksum");
    }
    let quoted = QUOTED..QUOTED + IP;
    if checksum::holds(&before[quoted.clone()]) {
        assert!(checksum::holds(&after[quoted]), "the quoted header's checksum");
    }
}

fn segment(frame: &[u8]) {
    let mut copy = frame.to_vec();
    let Some(view) = wire::of::<TcpFrame>(&mut copy) else { return };
    let _ = transit::tcp(view);
    options(&frame[TRANSPORT..], view.tcp.data_offset);
    let takes = reset::takes(view);
    let left = reset::answer(view, takes);
    view.tcp.checksum = add_delta(view.tcp.checksum, left);
    let packet = &copy[ETHERNET..ETHERNET + 40];
    assert_eq!(word(&copy, ETHERNET + 2), 40);
    assert!(checksum::holds(&packet[..IP]) && checksum::tcp_holds(packet), "the reset's checksums");
}

/// The walk ends; what it finds is a size, within the header.
fn options(header: &[u8], data_offset: u8) {
    let mut walk = mss::Walk::over(data_offset);
    let turns = (0..mss::TURNS).take_while(|_| !walk.turn(|at| header.get(at as usize).copied())).count();
    assert!(turns < mss::TURNS as usize, "the walk comes to an end");
    if walk.found != 0 {
        let at = walk.found as usize;
        assert_eq!(header[at - 2..at], [2, 4]);
        assert!(at + 2 <= usize::from(data_offset >> 4) * 4, "behind the header");
    }
}

/// An echo that is answered in place stays whole.
fn echoed(mut frame: Vec<u8>) {
    let is_whole = checksum::holds(&frame[TRANSPORT..]);
    let Some(view) = wire::of::<TransportFrame>(&mut frame) else { return };
    if tuple::asks(view) {
        echo::reply(view);
        assert!(!is_whole || checksum::holds(&frame[TRANSPORT..]), "the answer's checksum");
        assert_eq!(frame[TRANSPORT], tuple::ECHO_REPLY);
    }
}
