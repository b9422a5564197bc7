//! A backend's answer, out of the mesh: to the client, by the node that the client has talked to.

use core::mem::MaybeUninit;

use causeway_common::{Counter, DropReason, FlowKeyV4, Settings};

use crate::{
    helpers::{
        self, Skb,
        route::{self, Route},
    },
    maps,
    steps::{
        ingress, mesh, publish,
        size::{Headers, Size},
        tuple::{self, Seen},
    },
    wire::{ErrorFrame, Ethernet, IPV4_LEN, TransportFrame, copy_mac},
};

/// Out of the node. The hop was counted at the backend's.
#[inline(always)]
pub(super) fn to_client(skb: &mut Skb, settings: &Settings) -> Result<i32, DropReason> {
    let frame = skb.pulled::<TransportFrame>().ok_or(DropReason::Malformed)?;
    match &tuple::seen(frame, mesh::VNI) {
        Seen::Whole(key) => out(skb, key, settings),
        Seen::Error => {
            let frame = skb.pulled::<ErrorFrame>().ok_or(DropReason::Malformed)?;
            let key = tuple::complained_of(frame, mesh::VNI).ok_or(DropReason::NoFlow)?;
            out(skb, &key, settings)
        }
        _ => Err(DropReason::Fragment),
    }
}

/// The same, by the tuple of an answer.
#[inline(never)]
fn out(skb: &mut Skb, key: &FlowKeyV4, settings: &Settings) -> Result<i32, DropReason> {
    if !is_ours(key) {
        return Err(DropReason::NotOurs);
    }
    let mut route = MaybeUninit::uninit();
    let route = skb.route(settings.host_ifindex, key.src, key, &mut route)?;
    if route.ifindex == settings.host_ifindex {
        return Err(DropReason::NoRoute);
    }
    if route.mtu != 0 {
        let size = Size { frame: skb.len(), gso: skb.gso_size() };
        let headers = Headers { ip: IPV4_LEN, protocol: key.protocol };
        size.check(&headers, route.mtu, |offset| skb.byte(offset))?;
    }
    send(skb, route)
}

/// Whether it comes from a port of the mesh at an address of this host.
#[inline(always)]
fn is_ours(key: &FlowKeyV4) -> bool {
    let wanted = ingress::wanted(&key.reversed(mesh::VNI));
    let is_host = key.src == maps::vtep() || publish::is_reachable(maps::host_address_v4(key.src));
    is_host && wanted.is_some_and(|wanted| maps::ingress(&wanted).is_some())
}

#[inline(always)]
fn send(skb: &mut Skb, route: &Route) -> Result<i32, DropReason> {
    let eth = skb.view::<Ethernet>().ok_or(DropReason::Malformed)?;
    maps::count(Counter::FromMesh);
    if !route.is_resolved() {
        return Ok(route::redirect_to(route.ifindex, route.next_hop));
    }
    copy_mac(&mut eth.dst, &route.dst_mac);
    copy_mac(&mut eth.src, &route.src_mac);
    Ok(helpers::redirect(route.ifindex))
}
