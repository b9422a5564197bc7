//! Endpoints by network and address, found by their containers, too: on a node with a thousand of them, a look at
//! each container is not a look at each endpoint.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    ops::Deref,
};

use crate::model::{Endpoint, Id};

/// Network and address.
type Place = (Id, Ipv4Addr);

/// Endpoints by network and address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    all: BTreeMap<Place, Endpoint>,
    of_container: BTreeMap<Id, BTreeSet<Place>>,
}

impl Deref for Endpoints {
    type Target = BTreeMap<Place, Endpoint>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Endpoints {
    /// Enters an endpoint, in the place of what was there.
    pub fn insert(&mut self, place: Place, endpoint: Endpoint) {
        self.remove(&place);
        self.of_container.entry(endpoint.container.clone()).or_default().insert(place.clone());
        self.all.insert(place, endpoint);
    }

    /// Takes an endpoint out.
    pub fn remove(&mut self, place: &Place) -> Option<Endpoint> {
        let endpoint = self.all.remove(place)?;
        if let Some(places) = self.of_container.get_mut(&endpoint.container) {
            places.remove(place);
            if places.is_empty() {
                self.of_container.remove(&endpoint.container);
            }
        }
        Some(endpoint)
    }

    /// Those of a container, in no order of meaning.
    pub fn of_container<'s>(&'s self, container: &Id) -> impl Iterator<Item = &'s Endpoint> + use<'s> {
        self.of_container.get(container).into_iter().flatten().filter_map(|place| self.all.get(place))
    }

    /// Keeps those that are to be kept.
    #[cfg(test)]
    pub fn retain(&mut self, mut keep: impl FnMut(&Endpoint) -> bool) {
        let gone: Vec<_> =
            self.all.iter().filter(|(_, e)| !keep(e)).map(|(place, _)| place.clone()).collect();
        for place in gone {
            self.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::world::World;

    #[test]
    fn an_endpoint_is_found_by_the_container_whose_it_is_and_was_not_before() {
        let mut world = World::default();
        world.network("one", &[]);
        let node = world.node(1);
        let placed = world.container("c", &node, &["one"]);
        let [endpoint] = &placed.endpoints[..] else { panic!("one") };
        let (place, before) = ((endpoint.network.clone(), endpoint.addr), endpoint.container.clone());
        let mut endpoints = world.state().endpoints;
        assert_eq!(endpoints.of_container(&before).collect::<Vec<_>>(), [endpoint]);
        let other = Endpoint { container: Id::random(), ..endpoint.clone() };
        endpoints.insert(place.clone(), other.clone());
        assert_eq!(endpoints.of_container(&before).count(), 0);
        assert_eq!(endpoints.of_container(&other.container).collect::<Vec<_>>(), [&other]);
        endpoints.remove(&place);
        assert_eq!(endpoints, Endpoints::default());
    }
}
