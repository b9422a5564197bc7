//! What the state says that names depend on, borrowed, network by network.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;

use crate::{
    desired::State,
    model::{Availability, Backend, BackendState, Endpoint, Id, Network, Protocol, Service},
};

/// The facts of the networks that a node's containers are in.
pub(super) struct Facts<'s> {
    /// The node's containers with their endpoints, in the order eth0, eth1, …
    pub(super) containers: BTreeMap<&'s Id, Vec<&'s Endpoint>>,
    /// Their networks, without the default one, on which names are not resolved.
    pub(super) networks: Vec<NetworkFacts<'s>>,
}

/// The facts of one network.
#[derive(Hash)]
pub(super) struct NetworkFacts<'s> {
    pub(super) id: &'s Id,
    pub(super) name: &'s str,
    pub(super) subnets: Vec<Ipv4Net>,
    pub(super) endpoints: Vec<EndpointFacts<'s>>,
    pub(super) services: Vec<ServiceFacts<'s>>,
}

/// A container in a network.
#[derive(Hash)]
pub(super) struct EndpointFacts<'s> {
    pub(super) addr: Ipv4Addr,
    pub(super) name: &'s str,
    pub(super) short_id: &'s str,
    pub(super) hostname: Option<&'s str>,
    pub(super) aliases: &'s [String],
    /// A service of this network has it for a backend that takes conversations.
    pub(super) serves: bool,
    /// Its node gives signs of life.
    pub(super) reachable: bool,
}

/// A service in its network.
#[derive(Hash)]
pub(super) struct ServiceFacts<'s> {
    pub(super) name: &'s str,
    pub(super) vip: Option<Ipv4Addr>,
    /// Published port, the backends' port, protocol.
    pub(super) ports: Vec<(u16, u16, Protocol)>,
    /// Backends that take conversations: container's name, address.
    pub(super) backends: Vec<(&'s str, Ipv4Addr)>,
}

impl NetworkFacts<'_> {
    /// Equal for equal facts.
    pub(super) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl<'s> Facts<'s> {
    /// Reads the state once.
    pub(super) fn collect(state: &'s State, node: &Id, silent: &BTreeSet<Id>) -> Self {
        let mut containers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for endpoint in state.endpoints.values().filter(|e| e.node == *node) {
            containers.entry(&endpoint.container).or_default().push(endpoint);
        }
        for endpoints in containers.values_mut() {
            endpoints.sort_by_key(|e| (e.ifname.len(), e.ifname.as_str()));
        }
        let ids: HashSet<_> = containers.values().flatten().map(|e| &e.network).collect();
        let networks = ids.into_iter().filter_map(|id| state.networks.get(id)).filter(|n| !n.is_default());
        let cluster = Cluster::new(state, node, silent);
        Self { networks: networks.map(|n| cluster.network(n)).collect(), containers }
    }
}

/// The state, with its backends found by what they belong to.
struct Cluster<'s, 'n> {
    state: &'s State,
    node: &'n Id,
    silent: &'n BTreeSet<Id>,
    backends: HashMap<&'s Id, Vec<&'s Backend>>,
}

impl<'s, 'n> Cluster<'s, 'n> {
    fn new(state: &'s State, node: &'n Id, silent: &'n BTreeSet<Id>) -> Self {
        let mut backends: HashMap<_, Vec<_>> = HashMap::new();
        for backend in state.backends.values() {
            backends.entry(&backend.service).or_default().push(backend);
        }
        Self { state, node, silent, backends }
    }

    fn network(&self, network: &'s Network) -> NetworkFacts<'s> {
        let services: Vec<&Service> = self.state.services_of_network(&network.id).collect();
        let serving: HashSet<_> =
            services.iter().flat_map(|s| self.active(s)).map(|backend| &backend.container).collect();
        let endpoints = self.state.endpoints_of_network(&network.id).filter(|e| !self.is_gone(&e.node));
        NetworkFacts {
            id: &network.id,
            name: &network.name,
            subnets: network.subnets.iter().map(|s| s.cidr).collect(),
            endpoints: endpoints.map(|e| self.endpoint(e, serving.contains(&e.container))).collect(),
            services: services.iter().map(|s| self.service(s)).collect(),
        }
    }

    fn endpoint(&self, endpoint: &'s Endpoint, serves: bool) -> EndpointFacts<'s> {
        EndpointFacts {
            addr: endpoint.addr,
            name: &endpoint.container_name,
            short_id: endpoint.container.short(),
            hostname: endpoint.hostname.as_deref(),
            aliases: &endpoint.aliases,
            serves,
            reachable: self.is_reachable(&endpoint.node),
        }
    }

    fn service(&self, service: &'s Service) -> ServiceFacts<'s> {
        ServiceFacts {
            name: &service.name,
            vip: service.vip,
            ports: service.ports.iter().map(|p| (p.published, p.target, p.protocol)).collect(),
            backends: self.active(service).into_iter().map(|b| (b.container_name.as_str(), b.addr)).collect(),
        }
    }

    /// Backends that take conversations; those of nodes whose sign of life is missed since a moment ago only
    /// where there is no other: a store that was away has lost everybody's.
    fn active(&self, service: &'s Service) -> Vec<&'s Backend> {
        let all = self.backends.get(&service.id).map_or(&[][..], Vec::as_slice);
        let takes = |b: &&&Backend| {
            b.state == BackendState::Active
                && !self.is_gone(&b.node)
                && !self.is_drained(&b.node)
                && !service.draining.contains(&b.container)
                && service.weights.get(&b.container) != Some(&0)
        };
        let active: Vec<_> = all.iter().filter(takes).copied().collect();
        let reachable: Vec<_> = active.iter().filter(|b| self.is_reachable(&b.node)).copied().collect();
        if reachable.is_empty() { active } else { reachable }
    }

    /// Silent for so long that nothing of it is in the dataplane any more.
    fn is_gone(&self, node: &Id) -> bool {
        !self.is_reachable(node) && self.silent.contains(node)
    }

    fn is_drained(&self, node: &Id) -> bool {
        self.state.nodes.get(node).is_some_and(|n| n.availability == Availability::Drain)
    }

    fn is_reachable(&self, node: &Id) -> bool {
        node == self.node || self.state.live.contains_key(node)
    }
}
