//! Services by id, found by their networks, too: a node leads to few of the cluster's.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
};

use crate::model::{Id, Service};

/// Services by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    all: BTreeMap<Id, Service>,
    /// Those that have their name in a network.
    of_network: BTreeMap<Id, BTreeSet<Id>>,
    /// Those that publish ports on every node.
    everywhere: BTreeSet<Id>,
}

impl Deref for Services {
    type Target = BTreeMap<Id, Service>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Services {
    /// Enters a service, in the place of what it was.
    pub fn insert(&mut self, id: Id, service: Service) {
        self.remove(&id);
        if let Some(network) = &service.network {
            self.of_network.entry(network.clone()).or_default().insert(id.clone());
        }
        if service.ingress().next().is_some() {
            self.everywhere.insert(id.clone());
        }
        self.all.insert(id, service);
    }

    /// Takes a service out.
    pub fn remove(&mut self, id: &Id) -> Option<Service> {
        let service = self.all.remove(id)?;
        if let Some(network) = &service.network
            && let Some(others) = self.of_network.get_mut(network)
        {
            others.remove(id);
            if others.is_empty() {
                self.of_network.remove(network);
            }
        }
        self.everywhere.remove(id);
        Some(service)
    }

    /// Those that have their name in a network, by id.
    pub fn of_network<'s>(&'s self, network: &Id) -> impl Iterator<Item = &'s Service> + use<'s> {
        self.of_network.get(network).into_iter().flatten().filter_map(|id| self.all.get(id))
    }

    /// Those that publish ports on every node, by id.
    pub fn everywhere(&self) -> impl Iterator<Item = &Service> {
        self.everywhere.iter().filter_map(|id| self.all.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desired::world::World,
        model::{PortMode, Protocol, ServicePort},
    };

    fn names<'s>(services: impl Iterator<Item = &'s Service>) -> Vec<&'s str> {
        services.map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn a_service_is_found_by_what_it_is_now_and_not_by_what_it_was() {
        let mut world = World::default();
        let (one, two) = (world.network("one", &[]).id, world.network("two", &[]).id);
        let mut service = world.service("web", "one");
        let mut services = world.state().services;
        assert_eq!(names(services.of_network(&one)), ["web"]);
        assert_eq!(names(services.everywhere()), [""; 0]);
        service.network = Some(two.clone());
        let (published, target, protocol) = (80, 80, Protocol::Tcp);
        let port = ServicePort {
            published,
            target,
            protocol,
            mode: PortMode::Ingress,
            sources: Vec::new(),
            addresses: Vec::new(),
        };
        service.ports.push(port);
        services.insert(service.id.clone(), service.clone());
        assert_eq!(names(services.of_network(&one)), [""; 0]);
        assert_eq!(
            (names(services.of_network(&two)), names(services.everywhere())),
            (vec!["web"], vec!["web"])
        );
        services.remove(&service.id);
        assert_eq!(services, Services::default());
    }
}
