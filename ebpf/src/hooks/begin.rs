//! Flows begin here: both directions are decided, and entered under a port that nobody has.

mod ingress;
mod mesh;

use core::mem::MaybeUninit;

use causeway_common::{
    Attachment, DropReason, Endpoint, Flow, FlowKeyV4, Ipv4, Published, Settings, State, attachment, flow,
    limits::PORT_TRIES, node, vni::HOST_VNI,
};

pub(super) use ingress::{endpoint, ingress};
pub(super) use mesh::{ask, from_host, to_mesh};

use super::{out, translated::alive_or_kept};
use crate::{
    helpers::{
        Skb, now,
        repeat::{Attempt, repeat},
    },
    maps::{self, flows},
    steps::{
        masquerade::{self, Range},
        mine,
        nat::{self, Translation},
        publish,
        track::{self, Says},
    },
    wire::{blank_flows, copy_mac},
};

/// Begins a container's conversation with the outside.
#[inline(never)]
pub(super) fn outward(
    skb: &mut Skb,
    key: &FlowKeyV4,
    from: &Attachment,
    says: Says,
) -> Result<(), DropReason> {
    // Under this node's address it would be believed, whichever network it says it is of.
    if mine::may_pass_for_vxlan(key, maps::vxlan_port()) && maps::is_vtep_v4(key.dst) {
        return Err(DropReason::VxlanByContainer);
    }
    let settings = maps::settings().ok_or(DropReason::NoRoute)?;
    let masquerades = from.flags & attachment::MASQUERADE != 0;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    let own = if masquerades { [0; 4] } else { key.src };
    out::find(skb, key, own, new.original)?;
    if new.original.ifindex == settings.host_ifindex {
        return Err(inside(key.dst));
    }
    into(new.reply, skb.ifindex(), from);
    let [_, vni @ ..] = from.vni.to_be_bytes();
    new.reply.other_vni = vni;
    if masquerades {
        new.to.src = new.original.src;
        return new.enter_by_range();
    }
    new.original.flags |= flow::UNTRANSLATED;
    new.reply.flags |= flow::UNTRANSLATED;
    new.enter_as_is()
}

/// Why a destination behind `cw-host` cannot be reached: it belongs to a network of this node.
#[inline(always)]
fn inside(addr: Ipv4) -> DropReason {
    match maps::endpoint_v4(HOST_VNI, addr) {
        Some(_) => DropReason::Isolated,
        None => DropReason::NoEndpoint,
    }
}

/// Begins a conversation with a published port: from the outside, or from a container of this node.
#[inline(never)]
pub(super) fn inward(
    skb: &Skb,
    key: &FlowKeyV4,
    to: &Published,
    from: Option<&Attachment>,
    says: Says,
) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoRoute)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    if to.sources != 0 && !maps::is_listed_v4(to.sources, key.src) {
        return Err(DropReason::SourceRefused);
    }
    let (endpoint, container) = answerer(to).ok_or(DropReason::NoEndpoint)?;
    into(new.original, endpoint.ifindex, container);
    let [_, vni @ ..] = endpoint.vni.to_be_bytes();
    new.original.other_vni = vni;
    new.reply.other_vni = key.vni;
    match from {
        Some(client) => into(new.reply, skb.ifindex(), client),
        None => new.reply.generation = out::stale(settings),
    }
    new.to = publish::translation(key, seen_as(key, to, from), to);
    // The client keeps its port, unless another of its conversations with the container has it.
    new.enter_as_is().or_else(|_| new.enter_by_range())
}

/// Begins a container's conversation with a service's backend, by its index. The client keeps its address
/// and its port; to itself it comes from its gateway, since nobody hears from himself.
#[inline(never)]
pub(super) fn to_backend(
    skb: &Skb,
    key: &FlowKeyV4,
    from: &Attachment,
    index: u32,
    says: Says,
) -> Result<(), DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let backend = maps::backend(index).ok_or(DropReason::NoBackend)?;
    let mut place = MaybeUninit::uninit();
    let mut new = New::of(&mut place, key, track::begin(says)?, settings);
    (new.original.flags, new.original.generation) = (flow::TO_BACKEND, index);
    copy_mac(&mut new.original.dst_mac, &backend.mac);
    copy_mac(&mut new.original.src_mac, &from.gateway_mac);
    into(new.reply, skb.ifindex(), from);
    new.reply.flags |= flow::FROM_BACKEND;
    (new.original.other_vni, new.reply.other_vni) = (key.vni, key.vni);
    new.to.dst = backend.addr;
    if backend.addr == key.src {
        new.to.src = from.gateway;
    }
    new.enter_as_is().or_else(|_| new.enter_by_range())
}

/// The endpoint and the attachment that answer for a published port.
#[inline(always)]
fn answerer<'a>(to: &Published) -> Option<(&'a Endpoint, &'a Attachment)> {
    let endpoint = maps::endpoint_v4(to.vni, to.addr).filter(|endpoint| endpoint.node == node::LOCAL)?;
    Some((endpoint, maps::attachment(endpoint.ifindex)?))
}

/// The address that the container sees its client by: the client's own, or, for a neighbour of the
/// container, the gateway's, so that the answer comes back to be translated.
#[inline(always)]
fn seen_as(key: &FlowKeyV4, to: &Published, from: Option<&Attachment>) -> Ipv4 {
    match from {
        Some(client) if maps::endpoint_v4(client.vni, to.addr).is_some() => client.gateway,
        _ => key.src,
    }
}

/// Leads a direction into the container behind an interface.
#[inline(always)]
fn into(flow: &mut Flow, ifindex: u32, container: &Attachment) {
    flow.ifindex = ifindex;
    flow.flags |= flow::TO_CONTAINER;
    flow.mtu = container.mtu;
    copy_mac(&mut flow.dst_mac, &container.mac);
    copy_mac(&mut flow.src_mac, &container.gateway_mac);
}

/// Ports that are tried before those of conversations that are over count as free.
const UNPRESSED_TRIES: u32 = PORT_TRIES / 2;

/// A flow that is not entered yet. Its fields lie so that none that are written together lie across
/// two words of the stack, which the verifier refuses.
#[repr(C, align(8))]
struct New<'a> {
    original: &'a mut Flow,
    reply: &'a mut Flow,
    key: &'a FlowKeyV4,
    to: Translation,
    now: u32,
    hash: u32,
    range: Range,
    entered: bool,
    /// Free ports are hard to find: those of conversations that are over will do.
    presses: bool,
}

impl<'a> New<'a> {
    /// Both directions, undecided.
    #[inline(always)]
    fn of(
        place: &'a mut MaybeUninit<[Flow; 2]>,
        key: &'a FlowKeyV4,
        state: State,
        settings: &Settings,
    ) -> Self {
        let (now, state) = (now(), state as u8);
        let [original, reply] = blank_flows(place);
        (original.last, original.state) = (now, state);
        (reply.last, reply.state, reply.flags) = (now, state, flow::REPLY);
        let to = Translation { src: key.src, dst: key.dst, src_port: key.src_port, dst_port: key.dst_port };
        let (range, hash) =
            (Range { first: settings.first_port, count: settings.ports }, masquerade::hash(key));
        Self { original, reply, key, to, now, hash, range, entered: false, presses: false }
    }

    /// Enters the flow with the port that it has.
    #[inline(always)]
    fn enter_as_is(&mut self) -> Result<(), DropReason> {
        if self.claim() { self.finish() } else { Err(DropReason::PortsExhausted) }
    }

    /// Enters the flow with a port of the daemon's range.
    #[inline(always)]
    fn enter_by_range(&mut self) -> Result<(), DropReason> {
        if self.range.count != 0 {
            repeat(PORT_TRIES, self);
        }
        if self.entered { self.finish() } else { Err(DropReason::PortsExhausted) }
    }

    /// Claims the answers' tuple, which must be nobody's; the insert decides between CPUs. A function
    /// of its own: what it needs of the stack is needed once.
    #[inline(never)]
    fn claim(&mut self) -> bool {
        nat::decide(self.original, self.key, &self.to);
        nat::answer(self.reply, self.key, self.original);
        let answers = self.original.other(self.key.protocol);
        match alive_or_kept(&answers, self.now, !self.presses) {
            // Its other direction had to make room, or another CPU was faster.
            Some(found) if !found.answered && found.flow.other(self.key.protocol) == *self.key => {
                flows::enter(&answers, self.reply)
            }
            Some(_) => false,
            None => flows::claim(&answers, self.reply),
        }
    }

    /// Enters the original direction.
    #[inline(always)]
    fn finish(&self) -> Result<(), DropReason> {
        if flows::enter(self.key, self.original) { Ok(()) } else { Err(DropReason::FlowTableFull) }
    }
}

impl Attempt for New<'_> {
    #[inline(always)]
    fn attempt(&mut self, number: u32) -> bool {
        self.to.src_port = self.range.port(self.hash, number);
        self.presses = number >= UNPRESSED_TRIES.min(u32::from(self.range.count));
        self.entered = self.claim();
        self.entered
    }
}
