//! What users ask nodes for.

use std::collections::BTreeSet;

use super::{
    cluster::{Cluster, pick},
    history::{Choice, Event, What},
};
use crate::{
    api::types::ServiceUpdate,
    desired::{Given, Refusal, State, container, network, service, world::*},
    model::Id,
    store::{Revision, Txn},
};

/// Names that networks and services can have: few, so that nodes want the same ones.
const NAMES: usize = 60;

impl Cluster {
    /// Does what a user asks the node for, if it can be done.
    pub(super) fn acts(&mut self, n: usize, event: &Event) {
        match event.what {
            What::CreateNetwork | What::RemoveNetwork => self.acts_on_networks(n, event),
            What::Join | What::Serve => self.creates_container(n, event),
            What::Connect | What::Disconnect | What::Force => self.moves_container(n, event),
            What::Exit | What::Remove => self.ends_container(n, event),
            _ => self.acts_on_services(n, event),
        }
    }

    /// Decides on the node's copy, and where that was too old on all there is; then the node has heard of
    /// what it did itself.
    pub(super) fn decide<T>(
        &mut self,
        n: usize,
        decision: impl Fn(&State, &mut Given<'_>) -> Result<(T, Txn), Refusal>,
    ) -> Option<(T, Revision)> {
        loop {
            let Ok((thing, txn)) = self.world.draw(&self.members[n].state, &decision) else {
                self.seen.refusals += 1;
                return None;
            };
            let committed = self.world.commit(txn);
            self.listens(n, usize::MAX);
            match committed {
                Ok(revision) => return Some((thing, revision)),
                Err(Conflict) => self.seen.conflicts += 1,
            }
        }
    }

    fn acts_on_networks(&mut self, n: usize, event: &Event) {
        let own = self.members[n].node.id.clone();
        if matches!(event.what, What::RemoveNetwork) {
            let name = self.network(n, event.one);
            if let Some((id, at)) = self.decide(n, |s, _| network::remove(s, &name, &own)) {
                self.record.network_gone(at, id);
            }
            return;
        }
        // A small one and a second subnet: addresses run out and are used again, VNIs come in pairs.
        let third = event.other.index(16);
        let subnets = [format!("10.{third}.0.0/27"), format!("11.{third}.0.0/29")];
        let name = format!("net{}", event.one.index(NAMES));
        let request = network_request(&name, &[&subnets[0], &subnets[1]]);
        if let Some((network, at)) = self.decide(n, |s, g| network::create(s, &request, &own, &[], g)) {
            self.record.network(at, network);
        }
    }

    fn creates_container(&mut self, n: usize, event: &Event) {
        let own = self.members[n].node.id.clone();
        let name = format!("container{}", event.one.index(NAMES * 4));
        let request = match event.what {
            What::Serve => backend_request(&name, &[], &[&self.service(n, event.other)]),
            _ => {
                let networks = [self.network(n, event.other), self.network(n, event.one)];
                let count = 1 + event.one.index(2);
                container_request(&name, &networks.each_ref().map(String::as_str)[..count])
            }
        };
        let created = self.decide(n, |s, g| container::create(s, &request, &own, &ALL_FREE, g));
        if let Some((placed, at)) = created {
            self.record.endpoints(at, placed.endpoints);
            self.decide(n, |s, _| container::start(s, &name, 7, 1)).expect("nobody else starts it");
        }
    }

    fn moves_container(&mut self, n: usize, event: &Event) {
        let own = self.members[n].node.id.clone();
        let force = matches!(event.what, What::Force);
        let container = if force { self.deserted(n, event.one) } else { self.container(n, event.one) };
        let network = self.network(n, event.other);
        if matches!(event.what, What::Connect) {
            let (attach, none) = (attach_to(&network), BTreeSet::new());
            let connect =
                |s: &State, g: &mut Given<'_>| container::connect(s, &container, &attach, &own, &none, g);
            if let Some((placed, at)) = self.decide(n, connect) {
                self.record.endpoints(at, placed.endpoints);
            }
            return;
        }
        let gone = self.decide(n, |s, _| container::disconnect(s, &network, &container, &own, force));
        if let Some((placed, at)) = gone {
            placed.endpoints.iter().for_each(|endpoint| self.record.endpoint_gone(at, endpoint));
        }
    }

    fn ends_container(&mut self, n: usize, event: &Event) {
        let name = self.container(n, event.one);
        if let Some((container, at)) = self.decide(n, |s, _| container::exit(s, &name, 0, 0)) {
            self.record.container_gone(at, &container.id);
        }
        if matches!(event.what, What::Remove)
            && let Some((placed, at)) = self.decide(n, |s, _| container::remove(s, &name))
        {
            self.record.container_gone(at, &placed.container.id);
        }
    }

    fn acts_on_services(&mut self, n: usize, event: &Event) {
        let own = self.members[n].node.id.clone();
        match event.what {
            What::CreateService => {
                let name = format!("service{}", event.one.index(NAMES));
                let request = service_request(&name, &self.network(n, event.other));
                if let Some((service, _)) =
                    self.decide(n, |s, g| service::create(s, &request, &own, pool(), g))
                {
                    self.record.service(service);
                }
            }
            What::Weigh(weight) => self.weighs(n, event.one, weight),
            _ => {
                let service = self.service(n, event.one);
                if let Some((removal, _)) = self.decide(n, |s, _| service::remove(s, &service))
                    && removal.done
                {
                    self.record.service_gone(&removal.id);
                }
            }
        }
    }

    /// Gives a backend that the node knows of a weight.
    fn weighs(&mut self, n: usize, index: Choice, weight: u16) {
        let known: Vec<(Id, Id)> = self.members[n].state.backends.keys().cloned().collect();
        let Some((service, container)) = pick(&known, index) else { return };
        let weights = [(container.to_string(), weight)].into();
        let request = ServiceUpdate { weights, ..ServiceUpdate::default() };
        let update = |s: &State, g: &mut Given<'_>| service::update(s, service.as_str(), &request, pool(), g);
        if self.decide(n, update).is_some() {
            self.record.weight(&service, &container, weight);
        }
    }

    /// A network as the node knows it; one that is not there where it knows none.
    fn network(&self, n: usize, index: Choice) -> String {
        let names: Vec<String> = self.members[n].state.networks.values().map(|w| w.name.clone()).collect();
        pick(&names, index).unwrap_or_default()
    }

    fn service(&self, n: usize, index: Choice) -> String {
        let names: Vec<String> = self.members[n].state.services.values().map(|s| s.name.clone()).collect();
        pick(&names, index).unwrap_or_default()
    }

    /// A container of the node's own.
    fn container(&self, n: usize, index: Choice) -> String {
        self.container_where(n, index, |node| *node == self.members[n].node.id)
    }

    /// A container of a node that is down, as far as this one knows.
    fn deserted(&self, n: usize, index: Choice) -> String {
        self.container_where(n, index, |node| !self.members[n].state.live.contains_key(node))
    }

    fn container_where(&self, n: usize, index: Choice, wanted: impl Fn(&Id) -> bool) -> String {
        let containers = self.members[n].state.containers.values().filter(|c| wanted(&c.node));
        pick(&containers.map(|c| c.name.clone()).collect::<Vec<_>>(), index).unwrap_or_default()
    }
}
