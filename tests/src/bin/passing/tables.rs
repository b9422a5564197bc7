//! A node with ports of the mesh, each of a service whose backends are on another node.

use std::sync::Arc;

use causeway::plan::Step;
use causeway_common::{
    Backend, Endpoint, EndpointKey, Ingress, IngressKey, Settings,
    bench::{self, FIRST_PORT},
    limits::{MAX_RING, MIN_RING},
    node,
    service::ACTIVE,
    settings,
};
use causeway_tests::dataplane::{local, world};

/// The other node: its index, its address, and the MAC of the way there.
const OTHER: (u32, [u8; 4], [u8; 6]) = (bench::OTHER, [198, 51, 100, 2], [2, 0, 0, 0, 0, 2]);
/// Ports that masqueraded flows get: none of the services'.
const MASQUERADE: (u16, u16) = (60_000, 1_000);
/// Equal backends that the smallest ring is for.
const FEW: u16 = 5;

/// How much the node knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) services: u16,
    /// Of each service.
    pub(crate) backends: u16,
    /// Endpoints in all, whoever they serve.
    pub(crate) endpoints: u32,
}

/// What the node's tables hold.
pub(crate) fn steps(size: Size) -> Vec<Step> {
    let (index, vtep, next_hop) = OTHER;
    let mut steps = vec![
        settings(false),
        Step::PutNode(index, world::node_towards(vtep, next_hop, node::RESOLVED)),
        Step::PutVtep(vtep, index),
    ];
    steps.extend((0..size.endpoints).map(endpoint));
    steps.extend((0..size.services).flat_map(|service| of_service(service, size.backends)));
    steps
}

/// What the programs know of the node. `redirects`: the uplink is a veth, by which frames are redirected.
pub(crate) fn settings(redirects: bool) -> Step {
    let flags = settings::INGRESS | if redirects { settings::REDIRECTS } else { 0 };
    let (first_port, ports) = MASQUERADE;
    Step::PutSettings(Settings { flags, first_port, ports, mtu: 1500, ..local::settings() })
}

fn endpoint(number: u32) -> Step {
    let [_, b, c, d] = number.to_be_bytes();
    let addr = [10, b, c, d];
    let value = Endpoint { mac: world::mac(addr), node: OTHER.0, vni: world::VNI, ..Endpoint::default() };
    Step::PutEndpoint(EndpointKey { vni: world::VNI, addr }, value)
}

/// The service's backends, its ring and its port. Slot 0 of the backends is nobody's.
fn of_service(n: u16, backends: u16) -> Vec<Step> {
    let (first, number) = (n * backends + 1, u32::from(n) + 1);
    let [_, _, c, d] = number.to_be_bytes();
    let slots = if backends <= FEW { MIN_RING } else { MAX_RING };
    let place = u32::from(n) * slots;
    let ring: Arc<[u16]> = (0..slots).map(|slot| first + among(slot, backends)).collect();
    let ingress = Ingress {
        vip: [10, 255, c, d],
        number,
        ring: place,
        slots,
        port: 80_u16.to_be_bytes(),
        ..Ingress::default()
    };
    let key = IngressKey { port: (FIRST_PORT + n).to_be_bytes(), protocol: local::TCP, reserved: 0 };
    let mut steps: Vec<Step> = (first..first + backends).map(|index| backend(index, number)).collect();
    steps.extend([Step::PutRing(place, ring), Step::PutIngress(key, ingress)]);
    steps
}

/// The backend of a slot: in no order, as in a ring of the node's own.
#[expect(clippy::cast_possible_truncation, reason = "it is below the number of backends")]
fn among(slot: u32, backends: u16) -> u16 {
    bench::among(slot.wrapping_mul(0x9e37_79b1), backends.into()) as u16
}

fn backend(index: u16, service: u32) -> Step {
    let [c, d] = index.to_be_bytes();
    let addr = [10, 5, c, d];
    let backend =
        Backend { addr, vni: world::VNI, node: OTHER.0, mac: world::mac(addr), flags: ACTIVE, service };
    Step::PutBackend(index.into(), backend)
}
