//! Programs that measure [`from_driver`](super::from_driver()): in no node's dataplane.
//!
//! ```text
//!  test-run    [`over_and_over`]: frame written --> from_driver --> XDP_TX? --> as long as before, and again
//!              [`nothing`]: frame written --> longer and shorter in turns, once a frame, as there, and again
//!  live frames [`make`]: frame written --> out by up1 ~~~> up0: from_driver ~~~> up1: [`swallow`]
//!              [`reflect`]: in place of from_driver, back at once
//! ```
//!
//! A frame is a client's, which is carried on into the mesh, or a backend's answer, which comes out of it.
//! Every frame is written anew, since neither test-run nor live frames restore what a program changed.

use aya_ebpf::bindings::xdp_action::{XDP_ABORTED, XDP_DROP, XDP_TX};
use causeway_common::{
    Endpoint, MESH_VNI, Mac,
    bench::{ANSWER_LEN, FIRST_PORT, FRAME_LEN, OTHER, TURNS, among},
};

use super::from_driver;
use crate::{
    helpers::{
        frame::Frame,
        repeat::{Attempt, repeat},
    },
    maps::{self, bench},
    steps::{encap, mesh, own},
    wire::{CarriedTcpFrame, ETHERNET_LEN, EncapsulatedFrame, IPV4, TCP, Tcp, TcpFrame, copy_mac},
};

/// The node's MAC on its uplink, and the client's router's.
const NODE: Mac = [2, 0, 0, 0, 0, 1];
const ROUTER: Mac = [2, 0, 0, 0, 0, 0xfe];
/// The clients' addresses begin here (RFC 6598): 14 bits follow.
const CLIENTS: [u8; 2] = [100, 65];
/// Bits of a conversation's number that are its client's address.
const ADDRESS_BITS: u32 = 14;
/// The first port of a client's.
const CLIENT_PORT: u16 = 1024;
/// Numbers that follow one another become ones that do not.
const ODD: u32 = 0x9e37_79b1;
/// No frame's pseudo-header has this sum, by which a checksum that is not finished yet is known.
const CHECKSUM: [u8; 2] = [0, 1];

/// Bytes of the IP packet in a frame.
const PACKET_LEN: u16 = (FRAME_LEN - ETHERNET_LEN as usize) as u16;

/// Writes the next frame of all conversations over what is there.
#[inline(always)]
fn write(frame: &mut Frame) -> Option<()> {
    let (flows, ports) = bench::spread();
    let flow = among(bench::next().wrapping_mul(ODD), flows);
    let port = flow.checked_rem(ports)?;
    if bench::answers() { answer(frame, flow, port) } else { question(frame, flow, port) }
}

/// A client's.
#[inline(always)]
fn question(frame: &mut Frame, flow: u32, port: u32) -> Option<()> {
    let packet = frame.view::<TcpFrame>()?;
    // By words: bytes that have just been written are not read as words at once.
    copy_mac(&mut packet.eth.dst, &NODE);
    copy_mac(&mut packet.eth.src, &ROUTER);
    packet.eth.ethertype = IPV4;
    packet.ip = own::header(client(flow), maps::vtep(), TCP, PACKET_LEN);
    packet.tcp = segment(client_port(flow), service_port(port));
    Some(())
}

/// A backend's, as its node sends it: this node's outer headers towards that one, the other way round.
#[inline(always)]
fn answer(frame: &mut Frame, flow: u32, port: u32) -> Option<()> {
    let (node, vtep) = (maps::node(OTHER)?, maps::vtep());
    let to = Endpoint { mac: mesh::naming(vtep), vni: MESH_VNI, ..Endpoint::default() };
    let inner = encap::Inner { to: &to, source_mac: &ROUTER, ecn: 0, hash: flow };
    let written = frame.view::<EncapsulatedFrame>()?;
    encap::write(written, node, &inner, ANSWER_LEN as u32);
    core::mem::swap(&mut written.outer.eth_dst, &mut written.outer.eth_src);
    core::mem::swap(&mut written.outer.ip_dst, &mut written.outer.ip_src);
    let packet = &mut frame.view::<CarriedTcpFrame>()?.inner;
    packet.ip = own::header(vtep, client(flow), TCP, PACKET_LEN);
    packet.tcp = segment(service_port(port), client_port(flow));
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
const fn client_port(flow: u32) -> [u8; 2] {
    (CLIENT_PORT + (flow >> ADDRESS_BITS) as u16).to_be_bytes()
}

#[expect(clippy::cast_possible_truncation, reason = "services are fewer than ports")]
#[inline(always)]
const fn service_port(number: u32) -> [u8; 2] {
    FIRST_PORT.wrapping_add(number as u16).to_be_bytes()
}

#[inline(always)]
fn segment(src: [u8; 2], dst: [u8; 2]) -> Tcp {
    Tcp {
        src,
        dst,
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
    fn attempt(&mut self, number: u32) -> bool {
        let frame = &mut self.frame.again();
        let stays = if self.with_road { turn(frame) } else { idle(frame, number) };
        self.done += u32::from(stays);
        !stays
    }
}

/// One frame, in and out.
#[inline(always)]
fn turn(frame: &mut Frame) -> bool {
    write(frame).is_some() && from_driver(frame) == XDP_TX && move_back(frame, bench::answers())
}

/// What the harness itself does to a frame.
#[inline(always)]
fn idle(frame: &mut Frame, number: u32) -> bool {
    write(frame).is_some() && move_back(frame, number.is_multiple_of(2))
}

/// As long as before.
#[inline(always)]
fn move_back(frame: &mut Frame, makes_room: bool) -> bool {
    if makes_room { frame.make_room() } else { frame.take_room() }.is_some()
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
