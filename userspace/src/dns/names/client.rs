//! What one container may ask.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use super::{Host, Port, Zone};
use crate::{
    desired::State,
    dns::limits::SERVERS,
    model::{Driver, Endpoint, Id, Network},
};

/// The resolver's own address in a container: asking it would ask ourselves.
const OURSELVES: [u8; 4] = causeway_common::namespace::RESOLVER;

/// What one container may ask.
#[derive(Debug, Default)]
pub struct Client {
    /// The names of its networks, in the order in which they are looked through.
    zones: Vec<Arc<Zone>>,
    /// `--dns`: asked from the container's namespace. None: the host's servers are, from the host's.
    pub(crate) servers: Vec<IpAddr>,
    /// Some network of it is not internal: names may be asked of the host's servers.
    pub(crate) outside: bool,
    /// The user has set `ndots`: a name of one label is for the search list only.
    pub(crate) ndots_set: bool,
    /// Docker's engine has a resolver of its own in the container's namespace, which is asked what is not ours.
    pub(crate) docker: bool,
}

impl Client {
    /// None where the state does not know the container.
    pub(super) fn build(
        state: &State,
        id: &Id,
        endpoints: &[&Endpoint],
        zones: &HashMap<Id, Arc<Zone>>,
    ) -> Option<Self> {
        let container = state.containers.get(id)?;
        let said = &container.files;
        let mut networks: Vec<&Network> =
            endpoints.iter().filter_map(|e| state.networks.get(&e.network)).collect();
        // As Docker: the cluster's networks before the node's own; otherwise in the order of the interfaces.
        networks.sort_by_key(|network| network.driver == Driver::Bridge);
        let servers = said.dns.iter().filter(|server| **server != IpAddr::from(OURSELVES));
        Some(Self {
            zones: networks.iter().filter_map(|n| zones.get(&n.id)).cloned().collect(),
            servers: servers.take(SERVERS).copied().collect(),
            outside: networks.iter().any(|network| !network.internal),
            ndots_set: said.dns_options.iter().any(|option| option.starts_with("ndots:")),
            docker: container.docker.is_some(),
        })
    }

    /// Whether it is on any network that has names.
    pub(super) fn has_names(&self) -> bool {
        !self.zones.is_empty()
    }

    /// Its networks' names.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zones.iter().map(Arc::as_ref)
    }

    /// What a name leads to.
    pub(crate) fn host(&self, name: &[u8]) -> Option<&Host> {
        self.find(name, Zone::host)
    }

    /// The ports of a service.
    pub(crate) fn ports(&self, service: &[u8]) -> Option<&[Port]> {
        self.find(service, Zone::ports)
    }

    /// Docker's order for `a.b.c`: the whole name in all networks, `a.b` in network `c`, `a` in `b.c`.
    fn find<'c, T>(&'c self, name: &[u8], look: impl Fn(&'c Zone, &[u8]) -> Option<T>) -> Option<T> {
        self.zones().find_map(|zone| look(zone, name)).or_else(|| {
            let mut dots = name.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
            dots.find_map(|(at, _)| {
                let (own, network) = (name.get(..at)?, name.get(at + 1..)?);
                self.zones().filter(|zone| zone.network == network).find_map(|zone| look(zone, own))
            })
        })
    }
}
