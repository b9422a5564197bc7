//! A packet of a known flow: tracked, translated, sent on.
//!
//! ```text
//!     | flow of its tuple, alive                no_flow
//!     | one hop less                            ttl_expired
//!     | its state after this packet; an answer (TCP: a whole handshake) moves the flow to the answered ones
//!     |                                         flow_table_full
//!     | out of the node: next hop, looked up again where routes have changed
//!     |                                         no_route
//!     | size; into a container only of what forbids fragments
//!     |                                         too_big
//!     |--- to a container: MACs, addresses, ports, checksums ---> redirect_peer
//!     '-- MACs, addresses, ports, checksums --------------------> redirect, out of the node
//! ```

use core::mem::MaybeUninit;

use causeway_common::{Counter, DropReason, Flow, FlowKeyV4, Settings, State, flow};

use super::out::{self, Way};
use crate::{
    helpers::{self, Skb},
    maps::{self, flows},
    steps::{
        icmp_error, mesh, nat,
        size::{Headers, Size},
        track::{self, Says},
        tuple,
    },
    wire::{ErrorFrame, IPV4_LEN, IpHeader, TcpErrorFrame, TcpFrame, TransportFrame},
};

/// What a packet means for its conversation.
#[inline(always)]
pub(super) fn says(skb: &mut Skb, key: &FlowKeyV4) -> Option<Says> {
    match key.protocol {
        crate::wire::TCP => Some(Says::segment(skb.pulled::<TcpFrame>()?.tcp.flags)),
        crate::wire::UDP => Some(Says::DATAGRAM),
        _ => Some(if tuple::asks(skb.view::<TransportFrame>()?) { Says::ASK } else { Says::ANSWER }),
    }
}

/// The living flow that a tuple belongs to. One that has expired is removed, and so is a new one
/// whose other direction had to make room.
#[inline(always)]
pub(super) fn alive<'a>(key: &FlowKeyV4, now: u32) -> Option<flows::Found<'a>> {
    alive_or_kept(key, now, true)
}

/// The same; unless `keeps`, one that is over and only remembered is removed, too, as the kernel's NAT does
/// where it finds no port free (nf_nat_core.c, `nf_nat_may_kill`).
#[inline(always)]
pub(super) fn alive_or_kept<'a>(key: &FlowKeyV4, now: u32, keeps: bool) -> Option<flows::Found<'a>> {
    let found = flows::find(key)?;
    let whole = found.answered || flows::new(&found.flow.other(key.protocol)).is_some();
    let counts = keeps || !State::is_over(found.flow.state);
    if whole && counts && !found.flow.is_expired(now) {
        return Some(found);
    }
    flows::forget(key, found.flow);
    None
}

/// Sends a packet on as its flow says; [`DropReason::NoFlow`] where there is none, and
/// [`DropReason::NoProgram`] where another road's program does that ([`flow::BY_MESH`]).
#[inline(always)]
pub(super) fn follow(skb: &mut Skb, key: &FlowKeyV4, says: Says) -> Result<i32, DropReason> {
    let mut verdict = 0;
    follow_to(skb, key, says, &mut verdict)?;
    Ok(verdict)
}

/// The same. A function of its own: the verifier walks it once a call. It returns what fits into a
/// register: where nothing does, the verifier takes for a result what happens to be in the register.
#[inline(never)]
fn follow_to(skb: &mut Skb, key: &FlowKeyV4, says: Says, verdict: &mut i32) -> Result<(), DropReason> {
    let now = helpers::now();
    let found = alive(key, now).ok_or(DropReason::NoFlow)?;
    carried_here(found.flow)?;
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let frame = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?;
    if frame.ip.hops_left() <= 1 {
        return Err(DropReason::TtlExpired);
    }
    let in_one_piece = frame.ip.forbids_fragments();
    let flow = note(key, found, says, now)?;
    let way = way(skb, key, flow)?;
    // A container takes whole what a router would send it in fragments, to be put together again.
    if flow.mtu != 0 && (in_one_piece || flow.flags & flow::TO_CONTAINER == 0) {
        let headers = Headers { ip: IPV4_LEN, protocol: key.protocol };
        size.check(&headers, flow.mtu, |offset| skb.byte(offset))?;
    }
    translate(skb, key, flow)?;
    maps::count(road(key, flow));
    *verdict = out::send(&way);
    Ok(())
}

/// Whether a flow's packets are carried from here, and not by another road.
#[inline(always)]
const fn carried_here(flow: &Flow) -> Result<(), DropReason> {
    match flow.flags & (flow::BY_MESH | flow::TO_BACKEND) {
        0 => Ok(()),
        flow::TO_BACKEND => Err(DropReason::NoFlow),
        _ => Err(DropReason::NoProgram),
    }
}

/// Notes that the flow was seen, in both of its directions.
#[inline(always)]
pub(super) fn note<'a>(
    key: &FlowKeyV4,
    found: flows::Found<'a>,
    says: Says,
    now: u32,
) -> Result<&'a mut Flow, DropReason> {
    let flows::Found { flow, answered } = found;
    let reply = flow.flags & flow::REPLY != 0;
    let before = State::from_number(flow.state);
    let after = track::next(before, says, reply);
    let (state, lasts) = (after as u8, !answered && track::lasts(before, after, reply));
    if state == flow.state && now == flow.last && !lasts {
        return Ok(flow);
    }
    (flow.state, flow.last) = (state, now);
    let other = flow.other(key.protocol);
    if lasts {
        promote(key, flow, &other)?;
        return flows::answered(key).ok_or(DropReason::NoFlow);
    }
    let other = if answered { flows::answered(&other) } else { flows::new(&other) };
    if let Some(other) = other {
        (other.state, other.last) = (state, now);
    }
    Ok(flow)
}

/// From now on the flow is an answered one, and makes room for nobody. A function of its own: its
/// copies are needed once a conversation.
#[inline(never)]
fn promote(key: &FlowKeyV4, this: &Flow, other: &FlowKeyV4) -> Result<(), DropReason> {
    let mut that = *flows::new(other).ok_or(DropReason::NoFlow)?;
    (that.state, that.last) = (this.state, this.last);
    let this = *this;
    if flows::promote((key, &this), (other, &that)) { Ok(()) } else { Err(DropReason::FlowTableFull) }
}

/// The way of a flow's packets; out of the node it is looked up again where routes have changed.
#[inline(always)]
fn way(skb: &mut Skb, key: &FlowKeyV4, flow: &mut Flow) -> Result<Way, DropReason> {
    if flow.flags & flow::TO_CONTAINER != 0 {
        return Ok(Way::into_container(flow.ifindex));
    }
    let settings = maps::settings().ok_or(DropReason::NoRoute)?;
    if flow.generation == settings.generation {
        return Ok(Way::out(flow.ifindex));
    }
    look_up(skb, key, flow, settings)
}

/// Looks the next hop up, for the address that the packet will have.
#[inline(always)]
fn look_up(skb: &mut Skb, key: &FlowKeyV4, flow: &mut Flow, settings: &Settings) -> Result<Way, DropReason> {
    let mut route = MaybeUninit::uninit();
    let route = skb.route(settings.host_ifindex, flow.src, key, &mut route)?;
    if route.ifindex == settings.host_ifindex {
        return Err(DropReason::NoRoute);
    }
    Ok(out::take(flow, route, settings))
}

/// Writes what the packet becomes.
#[inline(always)]
pub(super) fn translate(skb: &mut Skb, key: &FlowKeyV4, flow: &Flow) -> Result<(), DropReason> {
    let frame = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?;
    nat::rewrite(frame, flow);
    if flow.flags & flow::UNTRANSLATED == 0 {
        skb.fix_checksum(key.protocol, flow.address_delta, flow.port_delta);
    }
    Ok(())
}

/// The road that the packet takes.
#[inline(always)]
fn road(key: &FlowKeyV4, flow: &Flow) -> Counter {
    if flow.flags & flow::FROM_BACKEND != 0 {
        return Counter::ToClient;
    }
    if key.vni == mesh::VNI {
        let here = flow.generation == u32::from_ne_bytes(maps::vtep());
        return if here { Counter::FromOutside } else { Counter::FromMesh };
    }
    match (flow.flags & flow::TO_CONTAINER != 0, key.vni == flow::OUTSIDE) {
        (false, _) => Counter::ToOutside,
        (true, true) => Counter::FromOutside,
        (true, false) => Counter::Hairpin,
    }
}

/// Sends an ICMP error on to the sender of what it quotes; [`DropReason::NoFlow`] where that is of no
/// flow. An error keeps no flow alive.
#[inline(always)]
pub(super) fn follow_error(skb: &mut Skb, vni: u32) -> Result<i32, DropReason> {
    let mut verdict = 0;
    follow_error_to(skb, vni, &mut verdict)?;
    Ok(verdict)
}

/// The same. It returns what fits into a register, as [`follow_to`] does.
#[inline(never)]
fn follow_error_to(skb: &mut Skb, vni: u32, verdict: &mut i32) -> Result<(), DropReason> {
    let [_, vni @ ..] = vni.to_be_bytes();
    let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::NoFlow)?;
    let key = tuple::complained_of(frame, vni).ok_or(DropReason::NoFlow)?;
    let found = alive(&key, helpers::now()).ok_or(DropReason::NoFlow)?;
    carried_here(found.flow)?;
    let way = way(skb, &key, found.flow)?;
    translate_error(skb, &key, found.flow)?;
    maps::count(road(&key, found.flow));
    *verdict = out::send(&way);
    Ok(())
}

/// Writes what the error becomes. A function of its own: the verifier walks it once a table.
#[inline(never)]
pub(super) fn translate_error(skb: &mut Skb, key: &FlowKeyV4, flow: &Flow) -> Result<(), DropReason> {
    let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::Malformed)?;
    if frame.ip.hops_left() <= 1 {
        return Err(DropReason::TtlExpired);
    }
    icmp_error::rewrite(frame, key, flow);
    if icmp_error::quotes_tcp(frame)
        && let Some(frame) = skb.pulled::<TcpErrorFrame>()
    {
        icmp_error::quoted_tcp(&mut frame.icmp.second, &mut frame.quoted, flow);
    }
    Ok(())
}
