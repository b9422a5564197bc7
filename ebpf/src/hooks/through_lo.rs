//! Through a container's `lo`: to the resolver and back, for sockets whose calls are not seen.
//!
//! ```text
//!  lo, egress
//!     | namespace is looked after, IPv4, whole  ---- no ---> TCX_NEXT
//!     | to 127.0.0.11:53: to the resolver's port             TCX_NEXT
//!     '-- from the resolver's port: from port 53             TCX_NEXT
//! ```

use aya_ebpf::bindings::tcx_action_base::TCX_NEXT;
use causeway_common::Port;

use crate::{
    helpers::Skb,
    maps,
    steps::resolver,
    wire::{IPV4, TransportFrame, delta},
};

/// The verdict for a packet through `lo`: it always goes on.
#[inline(always)]
pub fn through_lo(skb: &mut Skb) -> i32 {
    if let Some(ports) = ports(skb) {
        rewrite(skb, ports);
    }
    TCX_NEXT
}

/// What the packet's ports become.
#[inline(always)]
fn ports(skb: &mut Skb) -> Option<(Port, Port)> {
    let namespace = maps::namespace(skb.namespace())?;
    let frame = skb.pulled::<TransportFrame>().filter(|frame| frame.eth.ethertype == IPV4)?;
    resolver::ports(frame, namespace)
}

#[inline(always)]
fn rewrite(skb: &mut Skb, (src, dst): (Port, Port)) {
    let Some(frame) = skb.view::<TransportFrame>() else { return };
    let change = delta([frame.eight.first, frame.eight.second], [src, dst]);
    (frame.eight.first, frame.eight.second) = (src, dst);
    let protocol = frame.ip.proto;
    // A delta of zero: the addresses stay.
    skb.fix_checksum(protocol, [0; 2], change);
}
