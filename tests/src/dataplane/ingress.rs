//! Ports of the mesh, on top of the world with services ([`services`](super::services)).
//!
//! ```text
//!  NEAR     8100  NEIGHBOUR, here            CHOSEN  8104  NEAR's, open to 203.0.113.0/24
//!  AWAY     8101  FAR, on node 1             CUT     8105  LOST, on a node that does not exist
//!  MINE     8102  the sender itself          STRAIGHT 8106 MINE's, whose answers go straight out
//!  EMPTY    8103  no live backend            MOVED   8107  its backend changes
//!  PLACED   8108  AWAY's, at OTHER alone
//! ```

use causeway::plan::{SourcePrefix, Step};
use causeway_common::{
    Backend, Ingress, IngressKey, Ipv4, Settings, ingress::DSR, service::ACTIVE, settings,
};

use super::{
    local::{self, OTHER, TCP, UDP},
    services,
    world::{self, LOST, mac},
};

/// NEIGHBOUR's port 80.
pub const NEAR: u16 = 8100;
/// FAR's port 80.
pub const AWAY: u16 = 8101;
/// The sender's port 80.
pub const MINE: u16 = 8102;
/// Nobody's.
pub const EMPTY: u16 = 8103;
/// NEIGHBOUR's port 80, for those in the list of sources.
pub const CHOSEN: u16 = 8104;
/// LOST's port 80.
pub const CUT: u16 = 8105;
/// The sender's port 80; answers do not go back by the mesh.
pub const STRAIGHT: u16 = 8106;
/// Port 80 of whom [`rings`] say.
pub const MOVED: u16 = 8107;
/// FAR's port 80, at one address of the host.
pub const PLACED: u16 = 8108;
/// The list of that address.
pub const PLACES: u32 = 2;
/// Number of the service that [`MOVED`] belongs to.
pub const MOVED_NUMBER: u32 = 20;

/// Ports with one backend each: the port, and the backend's index and number.
const PORTS: [(u16, u16); 4] = [(NEAR, 1), (AWAY, 2), (MINE, 3), (CUT, 5)];

/// What ports of the mesh add to the world with services, as steps.
pub fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::PutSettings(settings()),
        services::backend(5, LOST, ACTIVE),
        Step::PutRing(5 * 32, [5; 32].into()),
        put(CHOSEN, Ingress { sources: 1, ..of(1) }),
        put(STRAIGHT, Ingress { flags: DSR, ..of(3) }),
        Step::PutSource(SourcePrefix { list: PLACES, addr: OTHER, len: 32 }),
        put(PLACED, Ingress { addresses: PLACES, ..of(2) }),
        put(EMPTY, Ingress { slots: 0, ..of(9) }),
        put_of(UDP, NEAR, of(1)),
        put_of(UDP, AWAY, of(2)),
        put_of(UDP, EMPTY, Ingress { slots: 0, ..of(9) }),
    ];
    steps.extend(PORTS.map(|(port, index)| put(port, of(index))));
    steps
}

/// The settings of [`services`], where there are ports of the mesh too.
pub fn settings() -> Settings {
    let flags = settings::PUBLISHES | settings::INGRESS;
    let (vip_pool, vip_mask) = ([10, 255, 0, 0], [255, 255, 0, 0]);
    Settings { flags, vip_pool, vip_mask, ..local::settings() }
}

/// The service whose ring has one backend, with its number.
pub fn of(index: u16) -> Ingress {
    let (number, ring) = (index.into(), u32::from(index) * 32);
    Ingress {
        vip: services::THERE,
        number,
        ring,
        slots: 32,
        port: 80_u16.to_be_bytes(),
        ..Ingress::default()
    }
}

/// Answers on a TCP port.
pub fn put(port: u16, ingress: Ingress) -> Step {
    put_of(TCP, port, ingress)
}

fn put_of(protocol: u8, port: u16, ingress: Ingress) -> Step {
    Step::PutIngress(IngressKey { port: port.to_be_bytes(), protocol, reserved: 0 }, ingress)
}

/// The current ring and the one before of [`MOVED`], each of one backend of the world's; nobody: empty. What
/// else there is to say of the port are its flags.
pub fn rings(current: Option<(Ipv4, u16)>, before: Option<(Ipv4, u16)>, flags: u16) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut ring = |index: u16, of: Option<(Ipv4, u16)>| {
        let Some((addr, state)) = of else { return (0, 0) };
        let first = u32::from(index) * 32;
        steps.push(Step::PutBackend(index.into(), backend(addr, state)));
        steps.push(Step::PutRing(first, [index; 32].into()));
        (first, 32)
    };
    let (ring, slots, before, before_slots) = {
        let ((a, b), (c, d)) = (ring(slot(current), current), ring(slot(before), before));
        (a, b, c, d)
    };
    let moved = Ingress { number: MOVED_NUMBER, ring, slots, before, before_slots, flags, ..of(20) };
    steps.extend([put(MOVED, moved), put_of(UDP, MOVED, moved)]);
    steps
}

/// The index of a backend of [`MOVED`]: each address keeps its own.
pub fn slot(of: Option<(Ipv4, u16)>) -> u16 {
    of.map_or(0, |(addr, _)| 20 + u16::from(addr[3]))
}

/// A backend of the service that [`MOVED`] belongs to.
pub fn backend(addr: Ipv4, flags: u16) -> Backend {
    let &(_, vni, node, _) = world::ENDPOINTS.iter().find(|(a, ..)| *a == addr).expect("it is in the world");
    Backend { addr, vni, node, mac: mac(addr), flags, service: MOVED_NUMBER }
}
