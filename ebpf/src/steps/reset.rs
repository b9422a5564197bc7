//! Nobody answers at a TCP port: the segment becomes the reset that its sender gets (RFC 9293 §3.10.7.1).

use super::{
    own,
    track::{ACK, FIN, RST, SYN},
};
use crate::wire::{IPV4_LEN, TCP, Tcp, TcpFrame, fold, swap_macs};

/// Bytes of TCP without options.
const TCP_LEN: u32 = 20;
/// The same as the header says it: words, in the upper half.
const NO_OPTIONS: u8 = 0x50;
/// The whole packet, bytes.
const TOTAL: u16 = 40;

/// How much of the sequence a segment without IP options takes: its text, and one each for SYN and FIN.
#[inline(always)]
pub fn takes(frame: &TcpFrame) -> u32 {
    let headers = IPV4_LEN + u32::from(frame.tcp.data_offset >> 4) * 4;
    let text = u32::from(u16::from_be_bytes(frame.ip.tot_len)).saturating_sub(headers);
    let bit = |flag| u32::from(frame.tcp.flags & flag != 0);
    text + bit(SYN) + bit(FIN)
}

/// Writes the reset over the headers of a segment that takes so much of the sequence. The TCP checksum is
/// left as the hardware would want it that is to finish it; otherwise it wants what is returned added
/// ([`crate::wire::add_delta`]).
#[inline(always)]
pub fn answer(frame: &mut TcpFrame, takes: u32) -> [u8; 2] {
    swap_macs(&mut frame.eth);
    frame.ip = own::header(frame.ip.dst_addr, frame.ip.src_addr, TCP, TOTAL);
    frame.tcp = segment(&frame.tcp, takes);
    let pseudo = own::addresses(&frame.ip) + u32::from(TCP) + TCP_LEN;
    frame.tcp.checksum = fold(pseudo).to_be_bytes();
    fold(2 * pseudo + words(&frame.tcp)).to_be_bytes()
}

/// The reset of a segment, without checksum.
#[inline(always)]
fn segment(to: &Tcp, takes: u32) -> Tcp {
    let (sequence, acknowledgement, flags) = if to.flags & ACK != 0 {
        (to.acknowledgement, [0; 4], RST)
    } else {
        let next = u32::from_be_bytes(to.sequence).wrapping_add(takes);
        ([0; 4], next.to_be_bytes(), RST | ACK)
    };
    Tcp {
        src: to.dst,
        dst: to.src,
        sequence,
        acknowledgement,
        data_offset: NO_OPTIONS,
        flags,
        window: [0; 2],
        checksum: [0; 2],
        urgent: [0; 2],
    }
}

/// The sum of what stands in a reset's header but for its checksum.
#[inline(always)]
fn words(tcp: &Tcp) -> u32 {
    let ([a, b, c, d], [e, f, g, h]) = (tcp.sequence, tcp.acknowledgement);
    own::sum(&[tcp.src, tcp.dst, [a, b], [c, d], [e, f], [g, h], [tcp.data_offset, tcp.flags]])
}
