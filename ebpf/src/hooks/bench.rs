//! Programs that measure [`from_wire`](super::from_wire()): in no node's dataplane.
//!
//! ```text
//!  test-run    [`over_and_over`]: frame written --> from_wire --> XDP_TX? --> outer headers off, and again
//!              [`nothing`]: the same without from_wire
//!  live frames [`make`]: frame written --> out by up1 ~~~> up0: from_wire ~~~> up1: [`swallow`]
//!              [`reflect`]: in place of from_wire, back at once
//! ```
//!
//! Every frame is written anew, since neither test-run nor live frames restore what a program changed.

use aya_ebpf::bindings::xdp_action::{XDP_ABORTED, XDP_DROP, XDP_TX};
use causeway_common::{
    Mac,
    bench::{FIRST_PORT, FRAME_LEN, MOST_FLOWS, TURNS},
};

use super::from_wire;
use crate::{
    helpers::{
        frame::Frame,
        repeat::{Attempt, repeat},
    },
    maps::{self, bench},
    steps::own,
    wire::{ETHERNET_LEN, Ethernet, IPV4, TCP, Tcp, TcpFrame},
};

/// The node's MAC on its uplink, and the client's router's.
const NODE: Mac = [2, 0, 0, 0, 0, 1];
const ROUTER: Mac = [2, 0, 0, 0, 0, 0xfe];
/// The clients' addresses begin here (RFC 6598): 14 bits follow.
const CLIENTS: [u8; 2] = [100, 64];
/// Bits of a conversation's number that are its client's address.
const ADDRESS_BITS: u32 = 14;
/// The first port of a client's.
const CLIENT_PORT: u16 = 1024;
/// Numbers that follow one another become ones that do not.
const ODD: u32 = 0x9e37_79b1;
/// No frame's pseudo-header has this sum, by which a checksum that is not finished yet is known.
const CHECKSUM: [u8; 2] = [0, 1];

/// Writes the next frame of all conversations over what is there.
#[inline(always)]
fn write(frame: &mut Frame) -> Option<()> {
    let (flows, ports) = bench::spread();
    let flow = bench::next().wrapping_mul(ODD) & (flows - 1) & (MOST_FLOWS - 1);
    let packet = frame.view::<TcpFrame>()?;
    packet.eth = Ethernet { dst: NODE, src: ROUTER, ethertype: IPV4 };
    packet.ip = own::header(client(flow), maps::vtep(), TCP, (FRAME_LEN - ETHERNET_LEN as usize) as u16);
    packet.tcp = segment(flow, flow.checked_rem(ports)?);
    Some(())
}

#[expect(clippy::cast_possible_truncation, reason = "bits are taken")]
#[inline(always)]
const fn client(flow: u32) -> [u8; 4] {
    let [a, b] = CLIENTS;
    [a, b, (flow >> 8 & 0x3f) as u8, flow as u8]
}

#[expect(clippy::cast_possible_truncation, reason = "a conversation has 20 bits, and ports begin low")]
#[inline(always)]
fn segment(flow: u32, port: u32) -> Tcp {
    Tcp {
        src: (CLIENT_PORT + (flow >> ADDRESS_BITS) as u16).to_be_bytes(),
        dst: FIRST_PORT.wrapping_add(port as u16).to_be_bytes(),
        sequence: [0; 4],
        acknowledgement: [0; 4],
        data_offset: 0x50,
        flags: bench::flags(),
        window: [0xff; 2],
        checksum: CHECKSUM,
        urgent: [0; 2],
    }
}

/// Frames on their way, one after the other in one place.
struct Turns<'f> {
    frame: &'f mut Frame,
    done: u32,
    with_road: bool,
}

impl Attempt for Turns<'_> {
    #[inline(always)]
    fn attempt(&mut self, _number: u32) -> bool {
        let stays = if self.with_road { turn(self.frame) } else { write(self.frame) };
        self.done += u32::from(stays.is_some());
        stays.is_none()
    }
}

/// One frame, in and out.
#[inline(always)]
fn turn(frame: &mut Frame) -> Option<()> {
    write(frame)?;
    if from_wire(frame) != XDP_TX {
        return None;
    }
    frame.take_room()
}

/// So many frames of [`TURNS`] were carried on.
#[inline(always)]
pub fn over_and_over(frame: &mut Frame) -> u32 {
    let mut turns = Turns { frame, done: 0, with_road: true };
    repeat(TURNS, &mut turns);
    turns.done
}

/// So many frames of [`TURNS`] were written.
#[inline(always)]
pub fn nothing(frame: &mut Frame) -> u32 {
    let mut turns = Turns { frame, done: 0, with_road: false };
    repeat(TURNS, &mut turns);
    turns.done
}

/// A frame, written and sent out.
#[inline(always)]
pub fn make(frame: &mut Frame) -> u32 {
    match write(frame) {
        Some(()) => frame.redirect(bench::out()),
        None => XDP_ABORTED,
    }
}

/// Back where it came in.
#[inline(always)]
pub fn reflect(frame: &mut Frame) -> u32 {
    frame.redirect_back()
}

/// Counted, and gone.
#[inline(always)]
pub fn swallow() -> u32 {
    bench::swallowed();
    XDP_DROP
}
