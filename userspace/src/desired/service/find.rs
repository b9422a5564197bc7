//! Services and their backends, looked up.

use crate::{
    desired::{Refusal, State, state},
    model::{Backend, Id, Network, Service},
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
        let network = network.clone();
        self.services.values().filter(move |s| s.network.as_ref() == Some(&network))
    }

    /// Whether a node leads to a service: every node does so to one whose ports are published on all nodes,
    /// others are those nodes' that take part in its network. A network of one node is that node's.
    pub fn concerns(&self, node: &Id, service: &Service) -> bool {
        let network = service.network.as_ref().and_then(|id| self.networks.get(id));
        service.ingress().next().is_some() || network.is_some_and(|network| self.takes_part(node, network))
    }

    fn takes_part(&self, node: &Id, network: &Network) -> bool {
        match &network.node {
            Some(home) => home == node,
            None => self.endpoints_of_network(&network.id).any(|endpoint| endpoint.node == *node),
        }
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
