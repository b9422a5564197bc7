//! A node with ports of the mesh, each of a service whose one backend is on another node.

use std::sync::Arc;

use causeway::plan::Step;
use causeway_common::{
    Backend, Ingress, IngressKey, Settings,
    bench::{self, FIRST_PORT},
    limits::MIN_RING,
    node,
    service::ACTIVE,
    settings,
};
use causeway_tests::dataplane::{local, world};

/// The other node: its index, its address, and the MAC of the way there.
const OTHER: (u32, [u8; 4], [u8; 6]) = (bench::OTHER, [198, 51, 100, 2], [2, 0, 0, 0, 0, 2]);
/// Ports that masqueraded flows get: none of the services'.
const MASQUERADE: (u16, u16) = (60_000, 1_000);

/// What the node's tables hold. `redirects`: the uplink is a veth, by which frames are redirected.
pub(crate) fn steps(services: u16, redirects: bool) -> Vec<Step> {
    let (index, vtep, next_hop) = OTHER;
    let flags = settings::INGRESS | if redirects { settings::REDIRECTS } else { 0 };
    let (first_port, ports) = MASQUERADE;
    let settings = Settings { flags, first_port, ports, mtu: 1500, ..local::settings() };
    let mut steps = vec![
        Step::PutSettings(settings),
        Step::PutNode(index, world::node_towards(vtep, next_hop, node::RESOLVED)),
        Step::PutVtep(vtep, index),
    ];
    steps.extend((0..services).flat_map(of_service));
    steps
}

/// The service's backend, its ring and its port. Slot 0 of the backends is nobody's.
fn of_service(n: u16) -> [Step; 3] {
    let (index, number) = (n + 1, u32::from(n) + 1);
    let [_, _, c, d] = number.to_be_bytes();
    let backend = Backend {
        addr: [10, 5, c, d],
        vni: world::VNI,
        node: OTHER.0,
        mac: world::mac([10, 5, c, d]),
        flags: ACTIVE,
        service: number,
    };
    let first = u32::from(n) * MIN_RING;
    let ring: Arc<[u16]> = vec![index; MIN_RING as usize].into();
    let ingress = Ingress {
        vip: [10, 255, c, d],
        number,
        ring: first,
        slots: MIN_RING,
        port: 80_u16.to_be_bytes(),
        ..Ingress::default()
    };
    let key = IngressKey { port: (FIRST_PORT + n).to_be_bytes(), protocol: local::TCP, reserved: 0 };
    [Step::PutBackend(index.into(), backend), Step::PutRing(first, ring), Step::PutIngress(key, ingress)]
}
