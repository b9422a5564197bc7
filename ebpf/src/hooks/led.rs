//! Connected UDP sockets that were led to a backend which is gone since.

use causeway_common::{Attachment, FlowKeyV4, Ipv4, LedKeyV4, Port};

use crate::{maps, wire::UDP};

/// Any port ([`LedKeyV4::port`]).
const ANY: Port = [0; 2];

/// The VIP that the socket was connected to which sent this packet.
#[inline(always)]
pub(super) fn vip(from: &Attachment, key: &FlowKeyV4) -> Option<Ipv4> {
    if key.protocol != UDP {
        return None;
    }
    maps::led_v4(&led_key(from, key.dst, key.dst_port))
}

/// Whether some socket of the container was led to this address.
#[inline(always)]
pub(super) fn is_known(from: &Attachment, addr: Ipv4) -> bool {
    maps::led_v4(&led_key(from, addr, ANY)).is_some()
}

#[inline(always)]
fn led_key(from: &Attachment, backend: Ipv4, port: Port) -> LedKeyV4 {
    let network = maps::network_of(from.vni);
    LedKeyV4 { network, client: from.addr, backend, port, reserved: 0 }
}
