//! From a container to a service, packet by packet: for sockets whose calls no hook sees, and for those
//! that are connected to a backend which is gone.
//!
//! ```text
//!  from_container, beyond: checked, for a VIP, or a datagram for an address that nobody has
//!     |--- a flow's, its backend is there ---------------------> translated, on to the backend
//!     | whole, with ports                  fragment, untranslatable, no_flow
//!     | the network's service, by its VIP or by where a socket was led
//!     |                                    no_endpoint
//!     |--- echo for a VIP -------------------------------------> answered, back into the container
//!     | a live backend                     no_backend, ports_exhausted
//!     '--- a new flow -----------------------------------------> translated, on to the backend
//! ```

use causeway_common::{
    Attachment, Backend, Counter, DropReason, Endpoint, Flow, FlowKeyV4, Ipv4, Service, flow, node,
};

use super::{
    begin,
    drop::drop,
    led, notice,
    to_node::to_node,
    translated::{alive, note, says, translate},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, backends, flows},
    steps::{
        echo, masquerade,
        notice::Notice,
        service::{Client, is_vip},
        size::{Headers, Size},
        track::Says,
        tuple::{self, Seen},
    },
    wire::{IPV4_LEN, IpHeader, TransportFrame, UDP},
};

/// The verdict for a packet to a service.
#[inline(always)]
pub fn to_service(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let from = maps::attachment(skb.ifindex()).ok_or(DropReason::NoAttachment)?;
    let [_, vni @ ..] = from.vni.to_be_bytes();
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, vni) {
        Seen::Whole(key) => whole(skb, from, key),
        Seen::First(_) | Seen::Later => Err(DropReason::Fragment),
        Seen::Error => Err(DropReason::NoFlow),
        Seen::Nothing => Err(DropReason::Untranslatable),
    }
}

/// A packet with ports.
#[inline(always)]
fn whole(skb: &mut Skb, from: &Attachment, key: &FlowKeyV4) -> Result<i32, DropReason> {
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let mut verdict = 0;
    match follow(skb, key, says, &mut verdict) {
        Err(DropReason::NoFlow) => {}
        result => return result.map(|()| verdict),
    }
    if begins(skb, from, key, says)? {
        return follow(skb, key, says, &mut verdict).map(|()| verdict);
    }
    answer(skb)
}

/// Begins a conversation with a backend; false: it is an echo for the VIP itself.
#[inline(never)]
fn begins(skb: &Skb, from: &Attachment, key: &FlowKeyV4, says: Says) -> Result<bool, DropReason> {
    let vip = vip(from, key).ok_or(DropReason::NoEndpoint)?;
    let service = service(from, vip).ok_or(DropReason::NoEndpoint)?;
    if says == Says::ASK {
        return Ok(false);
    }
    let client = Client { addr: from.addr, is_host: false };
    let chosen = backends::choose(vip, service, client, masquerade::hash(key));
    let (index, _) = chosen.ok_or(DropReason::NoBackend)?;
    begin::to_backend(skb, key, from, index, says).map(|()| true)
}

/// The VIP that a packet is for: its destination, or what its socket was connected to.
#[inline(always)]
fn vip(from: &Attachment, key: &FlowKeyV4) -> Option<Ipv4> {
    if is_vip(key.dst, maps::settings()?) { Some(key.dst) } else { led::vip(from, key) }
}

/// The service that has a VIP, where the container is in its network.
#[inline(always)]
fn service<'a>(from: &Attachment, vip: Ipv4) -> Option<&'a Service> {
    maps::service_v4(vip).filter(|service| service.network == maps::network_of(from.vni))
}

/// Sends a packet on as its flow says; [`DropReason::NoFlow`] where there is none, or where the backend of
/// a datagram's is gone. A function of its own: the verifier walks it once a call.
#[inline(never)]
fn follow(skb: &mut Skb, key: &FlowKeyV4, says: Says, verdict: &mut i32) -> Result<(), DropReason> {
    let from = maps::attachment(skb.ifindex()).ok_or(DropReason::NoAttachment)?;
    let now = helpers::now();
    let found = alive(key, now).ok_or(DropReason::NoFlow)?;
    let Some(to) = backend(found.flow).and_then(endpoint) else {
        return gone(key, found.flow);
    };
    let size = Size { frame: skb.len(), gso: skb.gso_size() };
    let frame = skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?;
    let (ecn, hops) = (frame.ip.ecn(), frame.ip.hops_left());
    let headers = Headers { ip: IPV4_LEN, protocol: key.protocol };
    let fits = size.check(&headers, from.mtu, |offset| skb.byte(offset)).is_ok();
    if hops <= 1 || !fits {
        let notice = if hops <= 1 { Notice::EXPIRED } else { Notice::too_big(from.mtu) };
        *verdict = notice::to_container(skb, from, notice)?;
        return Ok(());
    }
    let flow = note(key, found, says, now)?;
    translate(skb, key, flow)?;
    expect_answers(from, to);
    *verdict = deliver(skb, from, to, ecn)?;
    Ok(())
}

/// The backend of a flow, as long as it has conversations.
#[inline(always)]
fn backend<'a>(flow: &Flow) -> Option<&'a Backend> {
    let is_led = flow.flags & flow::TO_BACKEND != 0;
    maps::backend(flow.generation).filter(|backend| is_led && backend.addr == flow.dst)
}

/// Where it is.
#[inline(always)]
fn endpoint<'a>(backend: &Backend) -> Option<&'a Endpoint> {
    maps::endpoint_v4(backend.vni, backend.addr)
}

/// What becomes of a conversation whose backend is gone: datagrams are led to another one.
#[inline(always)]
fn gone(key: &FlowKeyV4, flow: &Flow) -> Result<(), DropReason> {
    if key.protocol != UDP {
        return Err(DropReason::NoBackend);
    }
    flows::forget(key, flow);
    Err(DropReason::NoFlow)
}

/// Sees to it that the answers are looked up, whichever way they come: by the backend's own subnet or, on
/// the wire, by the client's.
#[inline(always)]
fn expect_answers(from: &Attachment, to: &Endpoint) {
    maps::mark_translated(from.vni, from.addr);
    if to.vni != from.vni {
        maps::mark_translated(to.vni, from.addr);
    }
}

#[inline(always)]
fn deliver(skb: &mut Skb, from: &Attachment, to: &Endpoint, ecn: u8) -> Result<i32, DropReason> {
    let verdict = if to.node == node::LOCAL {
        helpers::redirect_peer(to.ifindex)
    } else {
        to_node(skb, to, &from.gateway_mac, ecn)?
    };
    maps::count(Counter::ToService);
    Ok(verdict)
}

/// An echo request becomes its reply and goes back.
#[inline(always)]
fn answer(skb: &mut Skb) -> Result<i32, DropReason> {
    let back = skb.ifindex();
    echo::reply(skb.view::<TransportFrame>().ok_or(DropReason::Malformed)?);
    maps::count(Counter::EchoReply);
    Ok(helpers::redirect(back))
}
