//! Which nodes have to know of a service's backends.

use std::collections::BTreeSet;

use crate::{
    desired::{State, draft::Draft},
    model::{Id, PortMode, Service},
    store::{
        Txn,
        schema::{Key, Part},
    },
};

/// Backends that are moved at once: etcd takes 128 operations, and each takes five.
const AT_ONCE: usize = 20;

/// The part of the store in which a service's backends are: that of its network, unless every node
/// publishes its ports, or it has no network.
pub(in crate::desired) fn part_of(service: &Service) -> Part {
    let everywhere = service.ports.iter().any(|port| port.mode == PortMode::Ingress);
    match &service.network {
        Some(network) if !everywhere => Part::Network(network.clone()),
        _ => Part::Mesh,
    }
}

/// The networks of services whose backends are not known, since nobody follows them here.
pub fn unknown_networks(state: &State) -> Vec<Id> {
    let parts: BTreeSet<Part> = state.services.values().map(part_of).collect();
    let unknown = parts.into_iter().filter(|part| state.revision_of(part).is_none());
    let network = |part| if let Part::Network(network) = part { Some(network) } else { None };
    unknown.filter_map(network).collect()
}

/// The next step of bringing a service's backends into its part of the store; how many they are.
pub fn move_backends(state: &State, service: &Id) -> (usize, Txn) {
    let mut draft = Draft::default();
    let Some(service) = state.services.get(service) else { return (0, draft.txn()) };
    let part = part_of(service);
    let mut moved = 0;
    for backend in state.backends_of_service(&service.id) {
        let new = Key::Backend(part.clone(), service.id.clone(), backend.container.clone());
        let keys = state.backend_keys(&service.id, &backend.container);
        if keys.iter().all(|key| *key == new) || moved == AT_ONCE {
            continue;
        }
        moved += 1;
        draft.put(&new, backend);
        for key in keys {
            draft.unchanged(state, &key);
            if key != new {
                draft.delete(&key);
            }
        }
    }
    if moved > 0 {
        draft.unchanged(state, &Key::Service(service.id.clone()));
    }
    (moved, draft.txn())
}
