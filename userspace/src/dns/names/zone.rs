//! The names of one network.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::Ipv4Addr,
};

use hickory_proto::rr::Name;
use ipnet::Ipv4Net;

use super::facts::{EndpointFacts, NetworkFacts, ServiceFacts};
use crate::model::Protocol;

/// Seconds that a client may keep the address of a container: not at all, since its name must be gone
/// everywhere within a second of its end.
const OF_CONTAINER: u32 = 0;
/// Seconds that a client may keep a virtual address: it outlives every backend.
const OF_SERVICE: u32 = 5;

/// The names of one network.
#[derive(Debug)]
pub(crate) struct Zone {
    /// The network's name in lower case.
    pub(crate) network: Vec<u8>,
    /// Of the facts that it was built from.
    pub(super) digest: u64,
    subnets: Vec<Ipv4Net>,
    hosts: HashMap<Vec<u8>, Host>,
    ports: HashMap<Vec<u8>, Vec<Port>>,
    pointers: HashMap<Ipv4Addr, Name>,
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// Addresses; none for a service that nobody serves.
    pub(crate) addresses: Vec<Ipv4Addr>,
    /// Seconds that a client may keep them.
    pub(crate) ttl: u32,
    /// Some address is of a node that gives signs of life: those of others were left out.
    reachable: bool,
}

/// A service's port, for SRV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port {
    /// The nodes' port.
    pub(crate) published: u16,
    /// The port at the targets.
    pub(crate) target: u16,
    /// tcp or udp.
    pub(crate) protocol: Protocol,
    /// Names and addresses behind it.
    pub(crate) hosts: Vec<(Name, Ipv4Addr)>,
    /// Seconds that a client may keep them.
    pub(crate) ttl: u32,
}

impl Zone {
    pub(super) fn build(facts: &NetworkFacts<'_>, digest: u64) -> Self {
        let mut zone = Self {
            network: facts.name.to_ascii_lowercase().into_bytes(),
            digest,
            subnets: facts.subnets.clone(),
            hosts: HashMap::new(),
            ports: HashMap::new(),
            pointers: HashMap::new(),
        };
        for endpoint in &facts.endpoints {
            zone.enter_endpoint(endpoint, facts.name);
        }
        // Last: a service's name wins over a container's.
        for service in &facts.services {
            zone.enter_service(service, facts.name);
        }
        zone
    }

    /// What a name leads to, in the tables' spelling.
    pub(crate) fn host(&self, name: &[u8]) -> Option<&Host> {
        self.hosts.get(name)
    }

    /// The ports of the service with this name.
    pub(crate) fn ports(&self, service: &[u8]) -> Option<&[Port]> {
        self.ports.get(service).map(Vec::as_slice)
    }

    /// The name that an address has.
    pub(crate) fn pointer(&self, addr: Ipv4Addr) -> Option<&Name> {
        self.pointers.get(&addr)
    }

    /// Whether an address is one of this network's.
    pub(crate) fn holds(&self, addr: Ipv4Addr) -> bool {
        self.subnets.iter().any(|subnet| subnet.contains(&addr))
    }

    /// What every name leads to.
    #[cfg(test)]
    pub(super) fn listed(&self) -> Vec<String> {
        let hosts = self.hosts.iter().map(|host| format!("{host:?}"));
        let pointers = self.pointers.iter().map(|pointer| format!("{pointer:?}"));
        let mut lines: Vec<_> = hosts.chain(pointers).collect();
        lines.sort();
        lines
    }

    fn enter_endpoint(&mut self, endpoint: &EndpointFacts<'_>, network: &str) {
        let own = [endpoint.name, endpoint.short_id].into_iter().chain(endpoint.hostname);
        for name in own.chain(endpoint.aliases.iter().map(String::as_str)) {
            self.add(key(name), endpoint);
        }
        if endpoint.serves {
            for alias in endpoint.aliases {
                self.add(key(&format!("tasks.{alias}")), endpoint);
            }
        }
        self.point(endpoint.addr, endpoint.name, network);
    }

    /// One more address for a name. Those of nodes without signs of life stand only where none other does.
    fn add(&mut self, name: Vec<u8>, endpoint: &EndpointFacts<'_>) {
        let alone = Host { addresses: vec![endpoint.addr], ttl: OF_CONTAINER, reachable: endpoint.reachable };
        match self.hosts.entry(name) {
            Entry::Vacant(free) => drop(free.insert(alone)),
            Entry::Occupied(mut taken) => taken.get_mut().join(alone),
        }
    }

    fn enter_service(&mut self, service: &ServiceFacts<'_>, network: &str) {
        let addresses = service.backends.iter().map(|(_, addr)| *addr).collect();
        let backends = Host { addresses, ttl: OF_CONTAINER, reachable: true };
        let virtual_one = |vip| Host { addresses: vec![vip], ttl: OF_SERVICE, reachable: true };
        let name = key(service.name);
        self.hosts.insert(name.clone(), service.vip.map_or_else(|| backends.clone(), virtual_one));
        self.hosts.insert(key(&format!("tasks.{}", service.name)), backends);
        self.ports.insert(name, ports(service));
        if let Some(vip) = service.vip {
            self.point(vip, service.name, network);
        }
    }

    fn point(&mut self, addr: Ipv4Addr, name: &str, network: &str) {
        if let Some(name) = absolute(&format!("{name}.{network}")) {
            self.pointers.insert(addr, name);
        }
    }
}

impl Host {
    fn join(&mut self, other: Self) {
        match (self.reachable, other.reachable) {
            (true, false) => {}
            (false, true) => *self = other,
            _ => {
                for addr in other.addresses {
                    if !self.addresses.contains(&addr) {
                        self.addresses.push(addr);
                    }
                }
            }
        }
    }
}

fn ports(service: &ServiceFacts<'_>) -> Vec<Port> {
    let (hosts, ttl): (Vec<_>, _) = match service.vip {
        Some(vip) => (absolute(service.name).map(|name| (name, vip)).into_iter().collect(), OF_SERVICE),
        None => {
            let named = service.backends.iter().filter_map(|(name, addr)| Some((absolute(name)?, *addr)));
            (named.collect(), OF_CONTAINER)
        }
    };
    let port =
        |&(published, target, protocol)| Port { published, target, protocol, hosts: hosts.clone(), ttl };
    service.ports.iter().map(port).collect()
}

/// As [`super::spelled`] gives names of messages.
fn key(name: &str) -> Vec<u8> {
    name.trim_end_matches('.').to_ascii_lowercase().into_bytes()
}

/// A name for an answer; none where it is too long for one (RFC 1035 §2.3.4).
fn absolute(name: &str) -> Option<Name> {
    let mut name = Name::from_labels(name.split('.').filter(|l| !l.is_empty()).map(str::as_bytes)).ok()?;
    name.set_fqdn(true);
    Some(name)
}
