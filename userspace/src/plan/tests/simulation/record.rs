//! What was said to be done, by revision: kept apart from the store and from every node's copy of it,
//! and so the judge of both.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use causeway_common::EndpointKeyV4;

use crate::{
    desired::State,
    model::{Endpoint, Id, Network, Service},
    plan::tests::convergence::Said,
    store::Revision,
};

/// Something that was said to be done.
#[derive(Clone, Debug)]
enum Fact {
    Network(Network),
    NetworkGone(Id),
    Endpoint(Endpoint),
    EndpointGone(Id, Ipv4Addr),
    Lives(Id),
    Silent(Id),
}

/// Everything that was said to be done.
#[derive(Debug, Default)]
pub(super) struct Record {
    facts: Vec<(Revision, Fact)>,
    pub(super) now: Things,
    pub(super) services: BTreeMap<Id, Service>,
    /// The last word on a backend's weight.
    weights: BTreeMap<(Id, Id), u16>,
}

/// What is there at one revision.
#[derive(Debug, Default)]
pub(super) struct Things {
    networks: BTreeMap<Id, Network>,
    endpoints: BTreeMap<(Id, Ipv4Addr), Endpoint>,
    live: BTreeSet<Id>,
}

impl Record {
    pub(super) fn network(&mut self, at: Revision, network: Network) {
        self.note(at, Fact::Network(network));
    }

    pub(super) fn network_gone(&mut self, at: Revision, id: Id) {
        self.note(at, Fact::NetworkGone(id));
    }

    pub(super) fn endpoints(&mut self, at: Revision, endpoints: Vec<Endpoint>) {
        endpoints.into_iter().for_each(|endpoint| self.note(at, Fact::Endpoint(endpoint)));
    }

    pub(super) fn endpoint_gone(&mut self, at: Revision, endpoint: &Endpoint) {
        self.note(at, Fact::EndpointGone(endpoint.network.clone(), endpoint.addr));
    }

    /// A container has given up all its addresses.
    pub(super) fn container_gone(&mut self, at: Revision, container: &Id) {
        let its = self.now.endpoints.values().filter(|e| e.container == *container);
        let its: Vec<Endpoint> = its.cloned().collect();
        its.iter().for_each(|endpoint| self.endpoint_gone(at, endpoint));
    }

    pub(super) fn lives(&mut self, at: Revision, node: &Id) {
        if !self.now.live.contains(node) {
            self.note(at, Fact::Lives(node.clone()));
        }
    }

    pub(super) fn silent(&mut self, at: Revision, node: &Id) {
        self.note(at, Fact::Silent(node.clone()));
    }

    /// A step of a node's removal: which of its endpoints that took away, the store alone says.
    pub(super) fn node_lost(&mut self, at: Revision, node: &Id, state: &State) {
        let gone = self
            .now
            .endpoints
            .iter()
            .filter(|(key, e)| e.node == *node && !state.endpoints.contains_key(*key));
        let gone: Vec<Endpoint> = gone.map(|(_, endpoint)| endpoint.clone()).collect();
        gone.iter().for_each(|endpoint| self.endpoint_gone(at, endpoint));
    }

    pub(super) fn service(&mut self, service: Service) {
        let same = |other: &&Service| {
            other.name == service.name || (service.vip.is_some() && other.vip == service.vip)
        };
        let other = self.services.values().find(same);
        assert!(other.is_none(), "{:?} has the name or the address of {other:?}", service.name);
        self.services.insert(service.id.clone(), service);
    }

    pub(super) fn service_gone(&mut self, id: &Id) {
        self.services.remove(id);
        self.weights.retain(|(service, _), _| service != id);
    }

    pub(super) fn weight(&mut self, service: &Id, container: &Id, weight: u16) {
        self.weights.insert((service.clone(), container.clone()), weight);
    }

    fn note(&mut self, at: Revision, fact: Fact) {
        self.now.become_so(&fact);
        self.facts.push((at, fact));
    }

    fn at(&self, revision: Revision) -> Things {
        let mut things = Things::default();
        let until = self.facts.iter().take_while(|(at, _)| *at <= revision);
        until.for_each(|(_, fact)| things.become_so(fact));
        things
    }

    /// What the endpoint table of `node` has to say about the cluster's networks at a revision: the
    /// networks that it has endpoints in, all of nodes that live and its own. `vteps` are all nodes' addresses.
    pub(super) fn said_by(&self, node: &Id, at: Revision, vteps: &BTreeMap<Id, Ipv4Addr>) -> Said {
        let things = self.at(at);
        let own = things.endpoints.values().filter(|e| e.node == *node).map(|e| &e.network);
        let own: BTreeSet<&Id> = own.collect();
        let mut said = Said::new();
        let here =
            |e: &&Endpoint| own.contains(&e.network) && (e.node == *node || things.live.contains(&e.node));
        for endpoint in things.endpoints.values().filter(here) {
            let words = (endpoint.mac.0, endpoint.vni, vteps[&endpoint.node].octets());
            for subnet in &things.networks[&endpoint.network].subnets {
                said.insert(EndpointKeyV4 { vni: subnet.vni, addr: endpoint.addr.octets() }, words);
            }
        }
        said
    }

    /// The store holds all that was said to be done, and nothing else.
    pub(super) fn check(&self, state: &State) {
        assert_eq!(state.networks, self.now.networks);
        assert_eq!(*state.endpoints, self.now.endpoints);
        assert_eq!(
            state.services.keys().collect::<Vec<_>>(),
            self.services.keys().collect::<Vec<_>>(),
            "services"
        );
        for ((service, container), weight) in &self.weights {
            let key = (service.clone(), container.clone());
            if state.backends.contains_key(&key) {
                let held = state.services[service].weights.get(container).copied().unwrap_or(1);
                assert_eq!(held, *weight, "the weight that was given last");
            }
        }
    }
}

impl Things {
    fn become_so(&mut self, fact: &Fact) {
        match fact {
            Fact::Network(network) => self.add_network(network),
            Fact::NetworkGone(id) => {
                assert!(self.endpoints.values().all(|e| e.network != *id), "a network with endpoints went");
                assert!(self.networks.remove(id).is_some());
            }
            Fact::Endpoint(endpoint) => {
                let key = (endpoint.network.clone(), endpoint.addr);
                let other = self.endpoints.insert(key, endpoint.clone());
                assert!(other.is_none(), "{endpoint:?} has the address of {other:?}");
            }
            Fact::EndpointGone(network, addr) => {
                assert!(self.endpoints.remove(&(network.clone(), *addr)).is_some());
            }
            Fact::Lives(node) => drop(self.live.insert(node.clone())),
            Fact::Silent(node) => drop(self.live.remove(node)),
        }
    }

    fn add_network(&mut self, network: &Network) {
        let meets = |other: &Network| {
            let pairs = network.subnets.iter().flat_map(|a| other.subnets.iter().map(move |b| (a, b)));
            pairs
                .into_iter()
                .any(|(a, b)| a.vni == b.vni || a.cidr.contains(&b.cidr) || b.cidr.contains(&a.cidr))
        };
        let other = self.networks.values().find(|other| other.name == network.name || meets(other));
        assert!(other.is_none(), "{network:?} meets {other:?}");
        self.networks.insert(network.id.clone(), network.clone());
    }

    pub(super) fn endpoint_count(&self) -> usize {
        self.endpoints.len()
    }
}
