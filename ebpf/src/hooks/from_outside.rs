//! From outside, and not VXLAN: answers to containers, and conversations with published ports.
//!
//! ```text
//!  from_uplink, or ingress of another interface
//!     | sent to this host, IPv4 with ports?  -------- no ---> TCX_NEXT
//!     |--- an error about a flow of ours -------------------> translated, into the container
//!     |--- not to a masqueraded port, nor to a published one:
//!     |       '--- for a port of the mesh, or an error about one -> to_backend; else ---> TCX_NEXT
//!     | whole                                        fragment
//!     |--- a flow's  ---------------------------------------> translated, into the container
//!     | of a published port, begins something?  ----- no ---> TCX_NEXT
//!     | source, container                            source_refused, no_endpoint
//!     '--- a new flow --------------------------------------> translated, into the container
//! ```

use aya_ebpf::bindings::tcx_action_base::TCX_NEXT;
use causeway_common::{DropReason, FlowKeyV4, Published, Road, Settings, flow, settings, vni::HOST_VNI};

use super::{
    begin,
    drop::drop,
    notice,
    translated::{follow, follow_error, says},
};
use crate::{
    helpers::Skb,
    maps::{self, flows, roads},
    steps::{
        ingress,
        masquerade::Range,
        publish,
        tuple::{self, Seen},
    },
    wire::{ETHERNET_LEN, ErrorFrame, IPV4, IpHeader, TransportFrame},
};

/// The verdict for a packet that is not another node's.
#[inline(always)]
pub fn from_outside(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let Some(settings) = maps::settings().filter(|settings| settings.host_ifindex != 0) else {
        return Ok(TCX_NEXT);
    };
    match seen(skb) {
        Seen::Whole(key) => whole(skb, &key, settings),
        Seen::First(key) => first(&key, settings),
        Seen::Error => error(skb, settings),
        Seen::Later | Seen::Nothing => Ok(TCX_NEXT),
    }
}

/// What the packet says of its conversation; one that is not for this host, or not sound, says nothing.
#[inline(always)]
fn seen(skb: &mut Skb) -> Seen {
    let room = skb.len().wrapping_sub(ETHERNET_LEN);
    // What bears a VLAN's tag is for that VLAN's own interface, and comes in once more there.
    if !skb.is_for_host() || skb.has_tag() {
        return Seen::Nothing;
    }
    let frame = skb.pulled::<TransportFrame>();
    let frame = frame.filter(|frame| frame.eth.ethertype == IPV4 && frame.ip.is_sound(room));
    frame.map_or(Seen::Nothing, |frame| tuple::seen(frame, flow::OUTSIDE))
}

/// A packet with ports.
#[inline(always)]
fn whole(skb: &mut Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    let published = published(key, settings);
    if published.is_none() && !may_answer(key, settings) {
        return rest(skb, key, settings);
    }
    let Some(says) = says(skb, key) else { return Ok(TCX_NEXT) };
    let result = match (follow(skb, key, says), published) {
        (Err(DropReason::NoFlow), Some(to)) => match begin::inward(skb, key, to, None, says) {
            Ok(()) => follow(skb, key, says),
            Err(reason) => Err(reason),
        },
        (result, _) => result,
    };
    match result {
        Err(DropReason::NoFlow) => rest(skb, key, settings),
        result => told(skb, key, result),
    }
}

/// A packet that is of no flow: for a port of the mesh, or the host's.
#[inline(always)]
fn rest(skb: &Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    if is_ingress(key, settings) {
        roads::hand_on(skb, Road::ToBackend);
    }
    Ok(TCX_NEXT)
}

/// An ICMP error: about a flow of ours, about a conversation with a port of the mesh, or the host's.
#[inline(always)]
fn error(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    match follow_error(skb, HOST_VNI) {
        Err(DropReason::NoFlow) => {}
        result => return result,
    }
    let frame = skb.pulled::<ErrorFrame>();
    match frame.and_then(|frame| tuple::complained_of(frame, flow::OUTSIDE)) {
        Some(key) => rest(skb, &key, settings),
        None => Ok(TCX_NEXT),
    }
}

/// Whether a packet is for a port of the mesh at an address of this host.
#[inline(always)]
fn is_ingress(key: &FlowKeyV4, settings: &Settings) -> bool {
    if settings.flags & settings::INGRESS == 0 || !(key.dst == maps::vtep() || is_host(key)) {
        return false;
    }
    ingress::wanted(key).is_some_and(|wanted| maps::ingress_at(&wanted, key.dst).is_some())
}

/// Tells the sender, where its packet cannot go on as it is.
#[inline(always)]
fn told(skb: &mut Skb, key: &FlowKeyV4, result: Result<i32, DropReason>) -> Result<i32, DropReason> {
    let notice = result.err().and_then(|reason| notice::about(reason, key));
    notice.map_or(result, |notice| notice::to_outside(skb, notice))
}

/// A first fragment: refused if it is of a flow, for a published port or for one of the mesh.
#[inline(always)]
fn first(key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    if published(key, settings).is_some() || is_ingress(key, settings) || flows::find(key).is_some() {
        return Err(DropReason::Fragment);
    }
    Ok(TCX_NEXT)
}

/// Whether a packet may be the answer to a container: it is for a port that the daemon gives, or some
/// network sends packets out under the containers' own addresses.
#[inline(always)]
fn may_answer(key: &FlowKeyV4, settings: &Settings) -> bool {
    let range = Range { first: settings.first_port, count: settings.ports };
    range.contains(key.dst_port) || settings.flags & settings::ROUTES != 0
}

/// Who answers for the port that a packet asks for, if it is published there.
#[inline(always)]
fn published<'a>(key: &FlowKeyV4, settings: &Settings) -> Option<&'a Published> {
    if settings.flags & settings::PUBLISHES == 0 {
        return None;
    }
    let wanted = publish::wanted(key)?;
    let exact = maps::published_v4(&wanted);
    exact.or_else(|| maps::published_v4(&publish::anywhere(&wanted))).filter(|_| is_host(key))
}

/// Whether the packet is for an address of this host.
#[inline(always)]
fn is_host(key: &FlowKeyV4) -> bool {
    publish::is_reachable(maps::host_address_v4(key.dst))
}
