//! Services, on top of the world with an outside ([`local`](super::local)).
//!
//! ```text
//!  HERE       10.255.0.1   NEIGHBOUR
//!  THERE      10.255.0.2   FAR, on node 1
//!  OWN        10.255.0.3   the sender itself
//!  NOBODYS    10.255.0.4   no live backend
//!  STRANGERS  10.255.0.5   in network 2
//!  UNKNOWN    10.255.0.6   no service
//! ```

use causeway::plan::Step;
use causeway_common::{Backend, Ipv4, LedKeyV4, Service, Settings, service};

use super::{
    local,
    world::{self, FAR, NEIGHBOUR, SENDER, STRANGER, STRANGER_VNI, VNI, mac},
};

/// A VIP; its backend is NEIGHBOUR.
pub const HERE: Ipv4 = [10, 255, 0, 1];
/// A VIP; its backend is FAR.
pub const THERE: Ipv4 = [10, 255, 0, 2];
/// A VIP; its backend is the sender.
pub const OWN: Ipv4 = [10, 255, 0, 3];
/// A VIP without a live backend.
pub const NOBODYS: Ipv4 = [10, 255, 0, 4];
/// A VIP of the other network.
pub const STRANGERS: Ipv4 = [10, 255, 0, 5];
/// No service's.
pub const UNKNOWN: Ipv4 = [10, 255, 0, 6];
/// Nobody's any more: a backend had it that the sender's socket is connected to.
pub const GONE: Ipv4 = [10, 9, 0, 98];
/// The port of that conversation.
pub const LED_PORT: u16 = 5353;

/// The services: VIP, network, backend and its index.
const SERVICES: [(Ipv4, u32, Ipv4, u16); 4] = [
    (HERE, VNI, NEIGHBOUR, 1),
    (THERE, VNI, FAR, 2),
    (OWN, VNI, SENDER, 3),
    (STRANGERS, STRANGER_VNI, STRANGER, 4),
];

/// What services add to the world with an outside, as steps.
pub fn steps() -> Vec<Step> {
    let pool = Settings { vip_pool: [10, 255, 0, 0], vip_mask: [255, 255, 0, 0], ..local::settings() };
    let mut steps = vec![Step::PutSettings(pool)];
    for (vip, network, addr, index) in SERVICES {
        steps.push(backend(index, addr, service::ACTIVE));
        steps.extend(ring(vip, network, index));
    }
    steps.push(Step::PutService(NOBODYS, Service { network: VNI, number: 9, ..Service::default() }));
    steps
}

/// A backend as it stands in its slot; it belongs to the service with the same number.
pub fn backend(index: u16, addr: Ipv4, flags: u16) -> Step {
    let &(_, vni, node, _) = world::ENDPOINTS.iter().find(|(a, ..)| *a == addr).expect("it is in the world");
    let backend = Backend { addr, vni, node, mac: mac(addr), flags, service: index.into() };
    Step::PutBackend(index.into(), backend)
}

/// A service with one backend in all slots of its ring, and its number.
pub fn ring(vip: Ipv4, network: u32, index: u16) -> [Step; 2] {
    let (ring, number) = (u32::from(index) * 32, u32::from(index));
    let service = Service { network, number, ring, slots: 32, ..Service::default() };
    [Step::PutRing(ring, [index; 32].into()), Step::PutService(vip, service)]
}

/// The conversation of the sender's socket with who is gone: connected to a VIP.
pub fn led() -> [(LedKeyV4, Ipv4); 2] {
    let key =
        LedKeyV4 { network: VNI, client: SENDER, backend: GONE, port: LED_PORT.to_be_bytes(), reserved: 0 };
    [(key, HERE), (LedKeyV4 { port: [0; 2], ..key }, HERE)]
}
