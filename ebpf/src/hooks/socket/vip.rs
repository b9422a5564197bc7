//! Services: a call for a VIP becomes one for a backend.

use causeway_common::{Ipv4, LedKeyV4, Service, Settings, SocketAddressV4, SocketKeyV4};

use super::{ALLOW, Call, FORBID, Owner, owner};
use crate::{
    helpers::socket::{Family, REFUSED, Socket},
    maps::{self, backends},
    steps::service::{self, Client},
    wire::UDP,
};

/// Leads a call for a VIP to a backend. A VIP that means nothing to the caller is an address like any
/// other.
#[inline(always)]
pub(super) fn lead<F: Family>(
    socket: &mut Socket<F>,
    asked: &SocketAddressV4,
    settings: &Settings,
    call: Call,
) -> Option<i32> {
    let namespace = socket.namespace();
    let owner = owner(settings, namespace)?;
    let service = maps::service_v4(asked.addr)?;
    let client = client(owner, namespace, service)?;
    if client.is_host && service::is_elsewhere(service) {
        return None;
    }
    let cookie = socket.cookie();
    let Some((_, backend)) = backends::choose(asked.addr, service, client, service::mix(cookie)) else {
        socket.fail_with(REFUSED);
        return Some(FORBID);
    };
    let to = SocketAddressV4 { addr: backend.addr, port: asked.port, reserved: 0 };
    maps::note_socket_v4(&SocketKeyV4 { cookie, to }, asked);
    if call == Call::Connect && socket.protocol() == UDP && !client.is_host {
        note_led(service, client.addr, &to, asked.addr);
    }
    socket.set(&to);
    Some(ALLOW)
}

/// Who the caller is in the service's network; `None`: it is not in it.
#[inline(always)]
fn client(owner: Owner, namespace: u64, service: &Service) -> Option<Client> {
    match owner {
        Owner::Host => Some(Client { addr: [0; 4], is_host: true }),
        Owner::Container => {
            let addr = maps::member(namespace, service.network)?;
            Some(Client { addr, is_host: false })
        }
    }
}

/// Notes where the packets of a connected UDP socket were led from: when the backend is gone they are
/// led elsewhere by it, and so is who asks for its address.
#[inline(always)]
fn note_led(service: &Service, client: Ipv4, to: &SocketAddressV4, vip: Ipv4) {
    let key = LedKeyV4 { network: service.network, client, backend: to.addr, port: to.port, reserved: 0 };
    maps::note_led_v4(&key, vip);
    maps::note_led_v4(&LedKeyV4 { port: [0; 2], ..key }, vip);
}
