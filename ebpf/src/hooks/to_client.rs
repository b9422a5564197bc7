//! To a container of this node that has asked services by their VIPs: what is an answer comes from the VIP.
//!
//! ```text
//!  from_container, from_uplink: checked, MACs written
//!     |--- an answer to a flow ----------------------> translated, redirect_peer     fragment, ttl_expired
//!     |--- an error about one -----------------------> translated, redirect_peer
//!     '----------------------------------------------> redirect_peer, as it is
//! ```

use causeway_common::{Counter, DropReason, Endpoint, Road};

use super::{
    drop::drop,
    translated::{follow, follow_error, says},
};
use crate::{
    helpers::{self, Skb},
    maps::{self, flows, roads},
    steps::tuple::{self, Seen},
    wire::{IpHeader, Ipv4Frame, TransportFrame},
};

/// Hands a packet for a container on to this road; where nobody takes it, it goes in as it is.
#[inline(always)]
pub(super) fn hand_on(skb: &mut Skb, to: &Endpoint, counter: Counter) -> Result<i32, DropReason> {
    skb.note([to.vni, u32::from(counter as u32 == Counter::FromNode as u32)]);
    roads::hand_on(skb, Road::ToClient);
    Err(DropReason::NoProgram)
}

/// The verdict for a packet to such a container.
#[inline(always)]
pub fn to_client(skb: &mut Skb) -> i32 {
    road(skb).unwrap_or_else(|reason| drop(skb, reason))
}

#[inline(always)]
fn road(skb: &mut Skb) -> Result<i32, DropReason> {
    let [vni, from_node] = skb.noted();
    let dst = skb.pulled::<Ipv4Frame>().ok_or(DropReason::Malformed)?.ip.destination();
    let to = maps::endpoint_v4(vni, dst).ok_or(DropReason::NoEndpoint)?;
    match translated(skb, vni) {
        Err(DropReason::NoFlow) => {}
        result => return result,
    }
    maps::count(if from_node == 0 { Counter::ToLocal } else { Counter::FromNode });
    Ok(helpers::redirect_peer(to.ifindex))
}

/// The verdict for an answer; [`DropReason::NoFlow`] where it is none.
#[inline(always)]
fn translated(skb: &mut Skb, vni: u32) -> Result<i32, DropReason> {
    let [_, network @ ..] = vni.to_be_bytes();
    let seen = skb.pulled::<TransportFrame>().map_or(Seen::Nothing, |frame| tuple::seen(frame, network));
    match &seen {
        Seen::Whole(key) => {
            let says = says(skb, key).ok_or(DropReason::NoFlow)?;
            follow(skb, key, says)
        }
        Seen::First(key) if flows::find(key).is_some() => Err(DropReason::Fragment),
        Seen::Error => follow_error(skb, vni),
        _ => Err(DropReason::NoFlow),
    }
}
