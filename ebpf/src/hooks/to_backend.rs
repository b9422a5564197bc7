//! From outside, for a port of the mesh: to a backend, wherever it is.
//!
//! ```text
//!  from_outside: IPv4 for an address of this host, for a port of the mesh
//!     | whole                                fragment
//!     | source                               source_refused
//!     | a live backend                       no_backend ------------> the sender is told
//!     |--- here; if asked, with a flow of it -----------------------> translated, into the container
//!     |--- here, asked, without: the current ring's
//!     |--- elsewhere: hops, size             ttl_expired, too_big --> the sender is told
//!     |       | its node                     no_node, room_refused
//!     |       '-----------------------------------------------------> as it is, into the mesh
//!     '--- an ICMP error about an answer goes where its conversation goes
//! ```

use aya_ebpf::bindings::tcx_action_base::TCX_NEXT;
use causeway_common::{Backend, DropReason, FlowKeyV4, Ingress, Settings, flow, ingress::DSR, node};

use super::{
    drop::drop,
    ingress::{
        away,
        choice::{Choice, choose, settle},
        here::{self, Target},
        refuse::refuse,
    },
    notice,
    translated::{follow_error, says},
};
use crate::{
    helpers::Skb,
    maps,
    steps::{
        ingress,
        track::Says,
        tuple::{self, Seen},
    },
    wire::{ErrorFrame, TransportFrame},
};

/// The verdict for a packet for a port of the mesh.
#[inline(always)]
pub fn to_backend(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let settings = maps::settings().ok_or(DropReason::NoBackend)?;
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, flow::OUTSIDE) {
        Seen::Whole(key) => whole(skb, key, settings),
        Seen::Error => error(skb, settings),
        _ => Err(DropReason::Fragment),
    }
}

/// A packet with ports.
#[inline(always)]
fn whole(skb: &mut Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    // Unpublished a moment ago: then it is the host's.
    let Some(of) = ingress::wanted(key).and_then(|wanted| maps::ingress(&wanted)) else {
        return Ok(TCX_NEXT);
    };
    if of.sources != 0 && !maps::is_listed_v4(of.sources, key.src) {
        return Err(DropReason::SourceRefused);
    }
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let choice = known(key, choose(key, says.opens()));
    let Some(backend) = choice.backend() else { return refuse(skb, key.protocol) };
    if backend.node != node::LOCAL {
        return away::to_backend(skb, settings, backend, choice.asks());
    }
    to_container(skb, &away::inside(key), &target(of, backend), says)
}

/// The same choice, unless a backend of this node is asked and does not know the conversation.
#[inline(always)]
fn known(key: &FlowKeyV4, choice: Choice) -> Choice {
    match choice.backend() {
        Some(backend) if choice.asks() && backend.node == node::LOCAL => {
            if here::knows(&away::inside(key), backend.addr) { choice } else { settle(key) }
        }
        _ => choice,
    }
}

/// A backend of this node; answers to what this node has received go straight out of it.
#[inline(always)]
fn target(of: &Ingress, backend: &Backend) -> Target {
    Target {
        addr: backend.addr,
        vtep: maps::vtep(),
        mac: backend.mac,
        port: of.port,
        straight: u32::from(of.flags & DSR),
    }
}

/// Into a container of this node; the sender is told where its packet cannot go there.
#[inline(always)]
fn to_container(skb: &mut Skb, key: &FlowKeyV4, to: &Target, says: Says) -> Result<i32, DropReason> {
    let result = here::deliver(skb, key, to, says);
    let notice = result.err().and_then(|reason| notice::about(reason, key));
    notice.map_or(result, |notice| notice::to_outside(skb, notice))
}

/// An ICMP error about an answer. What concerns nobody is the host's.
#[inline(always)]
fn error(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::Malformed)?;
    let key = tuple::complained_of(frame, flow::OUTSIDE).ok_or(DropReason::NoFlow)?;
    let choice = known(&key, choose(&key, false));
    let Some(backend) = choice.backend() else { return Ok(TCX_NEXT) };
    if backend.node != node::LOCAL {
        return away::to_backend(skb, settings, backend, choice.asks());
    }
    match follow_error(skb, causeway_common::MESH_VNI) {
        Err(DropReason::NoFlow) => Ok(TCX_NEXT),
        result => result,
    }
}
