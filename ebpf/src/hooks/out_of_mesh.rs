//! Out of the mesh, for a port of it: to a backend here, back to who asked for another one, or, as its
//! answer, out to the client.
//!
//! ```text
//!  from_mesh: outer headers off, from a node, not to or from a VIP
//!     | whole                                  fragment, untranslatable
//!     |--- an answer, for this node            not_ours, no_route, too_big
//!     |       '-------------------------------------------------------> out to the client, as it is
//!     |--- back, since the asked backend does not know it              not_ours
//!     |       '--- the current ring's, here or elsewhere ------------> as in `to_backend`     no_backend
//!     | for a port of the mesh                 not_ours
//!     |--- the backend is asked and does not know it ----------------> back by the mesh
//!     | the backend is here, by its MAC        no_backend
//!     '--------------------------------------------------------------> translated, into the container
//! ```

mod to_client;

use causeway_common::{
    DropReason, FlowKeyV4, Ingress, Ipv4, MESH_VNI, Mac, Settings, flow, ingress::DSR, node,
};

use super::{
    drop::drop,
    ingress::{
        away,
        choice::settle,
        here::{self, Target},
    },
    translated::{follow_error, says},
};
use crate::{
    helpers::Skb,
    maps,
    steps::{
        ingress,
        mesh::{self, Mark},
        mss,
        tuple::{self, Seen},
    },
    wire::{ErrorFrame, TransportFrame, copy_mac},
};

/// Whose packet it is: what the inner Ethernet header says, and who has sent it. Fields lie so that none
/// that are written together lie across two words of the stack.
#[repr(C, align(8))]
struct Sent {
    by: Ipv4,
    backend: Ipv4,
    mac: Mac,
    asks: bool,
}

/// The verdict for a packet of the mesh's ports.
#[inline(always)]
pub fn out_of_mesh(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let settings = maps::settings().ok_or(DropReason::NotOurs)?;
    let [sender, _] = skb.noted();
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    let mark = mesh::mark(&frame.eth.src);
    if mesh::is_for_node(&frame.eth.dst, maps::vtep()) {
        return if mark == Mark::Unknown {
            again(skb, settings)
        } else {
            to_client::to_client(skb, settings)
        };
    }
    let mut sent = Sent {
        by: sender.to_ne_bytes(),
        backend: mesh::named(&frame.eth.src),
        mac: [0; 6],
        asks: mark == Mark::Asks,
    };
    copy_mac(&mut sent.mac, &frame.eth.dst);
    match &tuple::seen(frame, mesh::VNI) {
        Seen::Whole(key) => to_backend(skb, key, &sent, settings),
        Seen::Error => error(skb, &sent),
        Seen::First(_) | Seen::Later => Err(DropReason::Fragment),
        Seen::Nothing => Err(DropReason::Untranslatable),
    }
}

/// Into the container of the backend that is named.
#[inline(always)]
fn to_backend(skb: &mut Skb, key: &FlowKeyV4, sent: &Sent, settings: &Settings) -> Result<i32, DropReason> {
    let of = port(key)?;
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    if sent.asks && !here::knows(key, sent.backend) {
        return away::back(skb, sent.by, sent.backend);
    }
    if says.synchronizes() {
        skb.lower_segments(mss::of_packets(away::limit(settings)));
    }
    let to = Target {
        addr: sent.backend,
        vtep: sent.by,
        mac: sent.mac,
        port: of.port,
        straight: u32::from(of.flags & DSR),
    };
    here::deliver(skb, key, &to, says)
}

/// The service that a packet's port belongs to.
#[inline(always)]
fn port<'a>(key: &FlowKeyV4) -> Result<&'a Ingress, DropReason> {
    let wanted = ingress::wanted(key).ok_or(DropReason::Untranslatable)?;
    maps::ingress(&wanted).ok_or(DropReason::NotOurs)
}

/// An ICMP error about an answer of the backend that is named.
#[inline(always)]
fn error(skb: &mut Skb, sent: &Sent) -> Result<i32, DropReason> {
    match follow_error(skb, MESH_VNI) {
        Err(DropReason::NoFlow) if sent.asks => away::back(skb, sent.by, sent.backend),
        result => result,
    }
}

/// A packet that came back: its conversation is not the asked backend's, and so the current ring's.
#[inline(always)]
fn again(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, flow::OUTSIDE) {
        Seen::Whole(key) => settled(skb, key, settings),
        Seen::Error => {
            let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::Malformed)?;
            let key = tuple::complained_of(frame, flow::OUTSIDE).ok_or(DropReason::NoFlow)?;
            let backend = settle(&key).backend().filter(|backend| backend.node != node::LOCAL);
            away::to_backend(skb, settings, backend.ok_or(DropReason::NoFlow)?, false)
        }
        _ => Err(DropReason::Fragment),
    }
}

/// The same of a packet with ports, by its tuple outside.
#[inline(always)]
fn settled(skb: &mut Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    let of = port(key)?;
    let backend = settle(key).backend().ok_or(DropReason::NoBackend)?;
    if backend.node != node::LOCAL {
        return away::to_backend(skb, settings, backend, false);
    }
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let mut mac = [0; 6];
    copy_mac(&mut mac, &backend.mac);
    let to = Target {
        addr: backend.addr,
        vtep: maps::vtep(),
        mac,
        port: of.port,
        straight: u32::from(of.flags & DSR),
    };
    here::deliver(skb, &away::inside(key), &to, says)
}
