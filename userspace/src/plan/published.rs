//! Ports that this node's containers publish: an entry a port.

use super::{Host, Tables, sources::Lists};
use crate::{
    desired::State,
    model::{Container, Endpoint, PublishedRange},
};
use causeway_common::{
    Published, PublishedKeyV4,
    published::{ANY, SOME},
};

/// Enters the published ports of this node's containers.
pub(super) fn fill(state: &State, host: &Host, lists: &mut Lists, tables: &mut Tables) {
    for container in state.containers.values().filter(|c| c.node == host.node && !c.has_exited()) {
        let Some(endpoint) = target(state, host, container) else { continue };
        for range in &container.published {
            enter(range, endpoint, lists.number(&range.sources), tables);
        }
    }
}

/// Where a container's published ports lead: its first endpoint that has a way out, as its default
/// route does, once its interface is there.
fn target<'s>(state: &'s State, host: &Host, container: &Container) -> Option<&'s Endpoint> {
    let (endpoint, _) = state.way_out(&container.id)?;
    host.interfaces.contains_key(&endpoint.id).then_some(endpoint)
}

fn enter(range: &PublishedRange, endpoint: &Endpoint, sources: u32, tables: &mut Tables) {
    let protocol = range.protocol.number();
    let key = |addr, port: u16| PublishedKeyV4 { addr, port: port.to_be_bytes(), protocol, reserved: 0 };
    for (host_port, port) in range.pairs() {
        let addr = endpoint.addr.octets();
        let value = Published { addr, vni: endpoint.vni, sources, port: port.to_be_bytes(), flags: 0 };
        tables.published_v4.insert(key(range.host_ip.octets(), host_port), value);
        if range.host_ip.octets() != ANY {
            tables.published_v4.insert(key(SOME, host_port), Published::default());
        }
    }
}
