//! From a container, for nobody in its network: the host, a published port, or the outside.
//!
//! ```text
//!  from_container: a sound IPv4 packet from the container itself, to the gateway's MAC
//!     |--- for a service's VIP, or led to a backend that is gone -> to_service   no_program
//!     |--- by the mesh: an answer to a node's process, or to a client of its ports -> to_mesh   no_program
//!     | a flow's, or an error about one  -----> translated, sent on
//!     |--- an address of the host
//!     |       | published port: a new flow  --> translated, into the container   fragment, source_refused
//!     |       | port of the mesh: a new flow -> the same, or to_mesh             no_backend
//!     |       '-------------------------------> redirect, into cw-host
//!     | network has a way out                   internal_network
//!     | whole, with ports, begins something     fragment, untranslatable, no_flow
//!     | no VXLAN to a node                      vxlan_by_container
//!     | route, another network, free port       no_route, isolated, no_endpoint, ports_exhausted
//!     '--- a new flow ------------------------> translated, out
//! ```

use causeway_common::{
    Attachment, Backend, Counter, DropReason, FlowKeyV4, Ipv4, Published, Road, Settings, attachment, node,
};

use super::{
    begin,
    drop::drop,
    ingress::choice::choose,
    led, notice,
    translated::{follow, follow_error, says},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, flows, roads},
    steps::{ingress, publish, service, tuple, tuple::Seen},
    wire::{Ethernet, IpHeader, Ipv4Frame, TransportFrame, copy_mac},
};

/// The verdict for a packet that no endpoint of the container's network is there for.
#[inline(always)]
pub fn beyond(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let from = maps::attachment(skb.ifindex()).ok_or(DropReason::NoAttachment)?;
    let settings = maps::settings().filter(|settings| settings.host_ifindex != 0);
    let settings = settings.ok_or(DropReason::NoEndpoint)?;
    let dst = skb.pulled::<Ipv4Frame>().ok_or(DropReason::Malformed)?.ip.destination();
    if service::is_vip(dst, settings) {
        return to_service(skb);
    }
    let seen = seen(skb, from);
    match known(skb, from, &seen) {
        Err(DropReason::NoFlow) => {}
        Err(DropReason::NoProgram) => return to_mesh(skb),
        result => return told(skb, from, &seen, result),
    }
    if is_led(from, settings, &seen) {
        return to_service(skb);
    }
    let result = match begins(skb, from, &seen, dst) {
        Ok(true) => known(skb, from, &seen),
        Ok(false) => return to_host(skb, settings),
        Err(reason) => Err(reason),
    };
    if result == Err(DropReason::NoProgram) {
        return to_mesh(skb);
    }
    told(skb, from, &seen, result)
}

/// Hands on what is for a service.
#[inline(always)]
fn to_service(skb: &Skb) -> Result<i32, DropReason> {
    roads::hand_on(skb, Road::ToService);
    Err(DropReason::NoProgram)
}

/// Hands on what goes by the mesh.
#[inline(always)]
fn to_mesh(skb: &Skb) -> Result<i32, DropReason> {
    roads::hand_on(skb, Road::ToMesh);
    Err(DropReason::NoProgram)
}

/// Whether the packet is of a socket that was led to a backend which is gone.
#[inline(always)]
fn is_led(from: &Attachment, settings: &Settings, seen: &Seen) -> bool {
    match seen {
        Seen::Whole(key) if settings.vip_pool != [0; 4] => led::vip(from, key).is_some(),
        _ => false,
    }
}

/// What the packet says of its conversation; one that ends before its ports may still be a fragment.
#[inline(always)]
fn seen(skb: &mut Skb, from: &Attachment) -> Seen {
    let [_, vni @ ..] = from.vni.to_be_bytes();
    match skb.pulled::<TransportFrame>() {
        Some(frame) => tuple::seen(frame, vni),
        None => skb.pulled::<Ipv4Frame>().map_or(Seen::Nothing, |frame| tuple::without_ports(&frame.ip)),
    }
}

/// The verdict for a packet of a flow that is there.
#[inline(always)]
fn known(skb: &mut Skb, from: &Attachment, seen: &Seen) -> Result<i32, DropReason> {
    match seen {
        Seen::Whole(key) => {
            let says = says(skb, key).ok_or(DropReason::Malformed)?;
            follow(skb, key, says)
        }
        Seen::First(key) if flows::find(key).is_some() => Err(DropReason::Fragment),
        Seen::Error => follow_error(skb, from.vni),
        _ => Err(DropReason::NoFlow),
    }
}

/// Tells the container, where its packet cannot go on as it is.
#[inline(always)]
fn told(
    skb: &mut Skb,
    from: &Attachment,
    seen: &Seen,
    result: Result<i32, DropReason>,
) -> Result<i32, DropReason> {
    let notice = match (result, seen) {
        (Err(reason), Seen::Whole(key)) => notice::about(reason, key),
        _ => None,
    };
    notice.map_or(result, |notice| notice::to_container(skb, from, notice))
}

/// Begins a flow for a packet that is of none yet; false: it is for the host itself.
#[inline(always)]
fn begins(skb: &mut Skb, from: &Attachment, seen: &Seen, dst: Ipv4) -> Result<bool, DropReason> {
    let is_host = dst == from.gateway || maps::host_address_v4(dst).is_some();
    if !is_host && from.flags & attachment::INTERNAL != 0 {
        return Err(DropReason::InternalNetwork);
    }
    match seen {
        Seen::Whole(key) if is_host => hairpins(skb, key, from),
        Seen::First(key) if is_host && published(key).is_some() => Err(DropReason::Fragment),
        _ if is_host => Ok(false),
        Seen::Whole(key) => {
            let says = says(skb, key).ok_or(DropReason::Malformed)?;
            begin::outward(skb, key, from, says).map(|()| true)
        }
        Seen::First(_) | Seen::Later => Err(DropReason::Fragment),
        Seen::Error => Err(DropReason::NoFlow),
        Seen::Nothing => Err(DropReason::Untranslatable),
    }
}

/// Begins a flow to the container of a published port, perhaps the sender itself; false: it is none.
#[inline(always)]
fn hairpins(skb: &mut Skb, key: &FlowKeyV4, from: &Attachment) -> Result<bool, DropReason> {
    let Some(to) = published(key) else { return by_ingress(skb, key, from) };
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    begin::inward(skb, key, to, Some(from), says).map(|()| true)
}

/// The same to a backend of a port of the mesh, here or elsewhere.
#[inline(always)]
fn by_ingress(skb: &mut Skb, key: &FlowKeyV4, from: &Attachment) -> Result<bool, DropReason> {
    let Some(of) = ingress::wanted(key).and_then(|wanted| maps::ingress_at(&wanted, key.dst)) else {
        return Ok(false);
    };
    let says = says(skb, key).ok_or(DropReason::Malformed)?;
    let choice = choose(key, true);
    let backend = choice.backend().ok_or(DropReason::NoBackend)?;
    if backend.node != node::LOCAL {
        return begin::ask(skb, key, from, choice.index(), says).map(|()| true);
    }
    let Backend { addr, vni, .. } = *backend;
    let to = Published { addr, vni, sources: of.sources, port: of.port, flags: 0 };
    begin::inward(skb, key, &to, Some(from), says).map(|()| true)
}

/// The port that a packet for an address of the host asks for, if it is published there.
#[inline(always)]
fn published<'a>(key: &FlowKeyV4) -> Option<&'a Published> {
    let wanted = publish::wanted(key)?;
    maps::published_v4(&wanted).or_else(|| maps::published_v4(&publish::anywhere(&wanted)))
}

/// Into the host, where `cw-host` receives.
#[inline(always)]
fn to_host(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    copy_mac(&mut frame.dst, &settings.host_mac);
    maps::count(Counter::ToHost);
    Ok(helpers::redirect_ingress(settings.host_ifindex))
}
