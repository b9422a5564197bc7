//! The namespaces whose sockets are looked after, and the networks that they are in.

use std::collections::BTreeMap;

use causeway_common::{MemberKey, Namespace, namespace::HAS_ANOTHER};

use super::{Host, OwnNamespace, Tables};
use crate::{desired::State, model::Id};

/// Enters this node's containers' namespaces. The host's own is known by the settings.
pub(super) fn fill(state: &State, host: &Host, tables: &mut Tables) {
    let theirs = |n: &&OwnNamespace| n.cookie != 0 && n.cookie != host.local.netns_cookie;
    let theirs: BTreeMap<&Id, &OwnNamespace> = host.namespaces.iter().filter(|(_, n)| theirs(n)).collect();
    tables.namespaces.extend(theirs.values().map(|n| (n.cookie, entry(n))));
    for endpoint in state.endpoints.values().filter(|e| e.node == host.node) {
        let (Some(namespace), Some(network)) =
            (theirs.get(&endpoint.container), state.networks.get(&endpoint.network))
        else {
            continue;
        };
        if let Some(network) = network.first_vni() {
            let key = MemberKey { cookie: namespace.cookie, network, reserved: 0 };
            tables.members.insert(key, endpoint.addr.octets());
        }
    }
}

fn entry(namespace: &OwnNamespace) -> Namespace {
    let port = |port: Option<u16>| port.unwrap_or(0).to_be_bytes();
    let flags = if namespace.has_another { HAS_ANOTHER } else { 0 };
    Namespace { dns_udp: port(namespace.dns_udp), dns_tcp: port(namespace.dns_tcp), flags }
}
