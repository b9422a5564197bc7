//! Services and their backends, looked up.

use crate::{
    desired::{Refusal, State, state},
    model::{Backend, Id, Service},
};

impl State {
    /// The service with this name, id, or unique beginning of an id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
    pub fn service(&self, name: &str) -> Result<&Service, Refusal> {
        state::find(self.services.values().map(|s| (&s.id, &s.name, s)), name, "service", "service ls")
    }

    /// The services that have their name in a network.
    pub fn services_of_network<'s>(&'s self, network: &Id) -> impl Iterator<Item = &'s Service> + use<'s> {
        self.services.of_network(network)
    }

    /// The services that a node leads to: every node does so to one whose ports are published on all nodes,
    /// others are those nodes' that take part in its network. A network of one node is that node's.
    pub fn services_led_to_by<'s>(&'s self, node: &Id) -> impl Iterator<Item = &'s Service> + use<'s> {
        let home = node.clone();
        let own = self.networks.values().filter(move |n| n.node.as_ref() == Some(&home)).map(|n| &n.id);
        let wide = |id: &&Id| self.networks.get(*id).is_some_and(|n| n.node.is_none());
        let networks = own.chain(self.networks_with_endpoints_of(node).filter(wide));
        let there = networks.flat_map(|network| self.services.of_network(network));
        self.services.everywhere().chain(there.filter(|service| service.ingress().next().is_none()))
    }

    /// The backends of a service, in the order of their containers' ids.
    pub fn backends_of_service<'s>(&'s self, service: &Id) -> impl Iterator<Item = &'s Backend> + use<'s> {
        let service = service.clone();
        let first = (service.clone(), Id::least());
        self.backends.range(first..).take_while(move |((of, _), _)| *of == service).map(|(_, b)| b)
    }

    /// What a container is a backend of, as far as it is one now.
    pub fn backends_of_container(&self, container: &Id) -> Vec<&Backend> {
        let services = self.containers.get(container).map_or(&[][..], |c| &c.services);
        let key = |service: &Id| (service.clone(), container.clone());
        services.iter().filter_map(|service| self.backends.get(&key(service))).collect()
    }
}
