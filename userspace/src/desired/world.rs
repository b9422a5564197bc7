//! A store in memory for tests of pure rooms: it commits, refuses and tells its changes as every
//! store does, without I/O.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::{Given, HostPorts, Placed, PortUse, Refusal, State, container, network, node, service};
use crate::{
    api::types::{Attach, ContainerCreate, EndpointMode, Mode, NetworkCreate, ServiceCreate},
    model::{Balance, Driver, Files, Id, Network, Node, ReturnPath, Service, SignOfLife},
    store::{Change, Entry, Precondition, Revision, Snapshot, Txn, Write, schema::Key},
};

/// A precondition did not hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict;

/// A store in memory with all its history.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    entries: BTreeMap<String, (Revision, Vec<u8>)>,
    pub(crate) changes: Vec<Change>,
    ids: u64,
}

impl World {
    pub(crate) fn revision(&self) -> Revision {
        self.changes.last().map_or(0, |c| c.revision)
    }

    pub(crate) fn commit(&mut self, txn: Txn) -> Result<Revision, Conflict> {
        let holds = |precondition: &Precondition| match precondition {
            Precondition::Absent(key) => !self.entries.contains_key(key),
            Precondition::Present(key) => self.entries.contains_key(key),
            Precondition::Unchanged(key, at) => self.entries.get(key).is_some_and(|(r, _)| r == at),
        };
        if !txn.preconditions.iter().all(holds) {
            return Err(Conflict);
        }
        let revision = self.revision() + 1;
        let mut keys = Vec::new();
        for write in txn.writes {
            match write {
                Write::Put { key, value, .. } => {
                    self.entries.insert(key.clone(), (revision, value.clone()));
                    keys.push((key, Some(value)));
                }
                Write::Delete(key) => {
                    if self.entries.remove(&key).is_some() {
                        keys.push((key, None));
                    }
                }
            }
        }
        self.changes.push(Change { revision, keys });
        Ok(revision)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let entry = |(key, (revision, value)): (&String, &(Revision, Vec<u8>))| Entry {
            key: key.clone(),
            value: value.clone(),
            revision: *revision,
        };
        Snapshot { revision: self.revision(), entries: self.entries.iter().map(entry).collect() }
    }

    pub(crate) fn state(&self) -> State {
        State::from_snapshot(&self.snapshot())
    }

    pub(crate) fn keys(&self) -> Vec<&str> {
        self.entries.keys().map(String::as_str).collect()
    }

    /// Decides on the newest state (ids counted, the time is 1000) and commits.
    pub(crate) fn decide<T>(
        &mut self,
        decision: impl FnOnce(&State, &mut Given<'_>) -> Result<(T, Txn), Refusal>,
    ) -> Result<T, Refusal> {
        let (thing, txn) = self.draw(&self.state(), decision)?;
        self.commit(txn).unwrap();
        Ok(thing)
    }

    /// Decides on any state, without a commit.
    pub(crate) fn draw<T>(
        &mut self,
        state: &State,
        decision: impl FnOnce(&State, &mut Given<'_>) -> Result<(T, Txn), Refusal>,
    ) -> Result<(T, Txn), Refusal> {
        let mut fresh_id = || {
            self.ids += 1;
            Id::parse(&format!("{:012x}{:052x}", self.ids, 0)).unwrap()
        };
        decision(state, &mut Given { now: 1000, fresh_id: &mut fresh_id })
    }

    /// Removes a node by name, step by step; how many it took.
    pub(crate) fn remove_node(&mut self, name: &str, force: bool) -> Result<usize, Refusal> {
        (1..)
            .find_map(|step| match self.decide(|s, _| node::remove(s, name, force)) {
                Ok(removal) => removal.done.then_some(Ok(step)),
                Err(refusal) => Some(Err(refusal)),
            })
            .unwrap()
    }

    /// A sign of life of a node, with what it has applied.
    pub(crate) fn alive(&mut self, node: &Node, applied: Revision) {
        let sign = SignOfLife { applied, mesh: applied };
        self.decide(|s, _| alive(s, &node.id, &node.machine, &sign, 1)).unwrap();
    }

    /// The end of a node's lease.
    pub(crate) fn silent(&mut self, node: &Node) {
        let writes = vec![Write::Delete(Key::Live(node.id.clone()).to_string())];
        self.commit(Txn { preconditions: Vec::new(), writes }).unwrap();
    }

    pub(crate) fn network(&mut self, name: &str, subnets: &[&str]) -> Network {
        self.decide(|s, g| network::create(s, &network_request(name, subnets), &nobody(), &[], g)).unwrap()
    }

    /// A bridge network of `node`.
    pub(crate) fn bridge(&mut self, name: &str, node: &Node, subnets: &[&str]) -> Network {
        let request = NetworkCreate { driver: Driver::Bridge, ..network_request(name, subnets) };
        self.decide(|s, g| network::create(s, &request, &node.id, &[], g)).unwrap()
    }

    /// The n-th node: `node<n>` at 198.18.0.n.
    pub(crate) fn node(&mut self, n: u8) -> Node {
        let (id, vtep) = (Id::parse(&format!("{n:012x}{n:052x}")).unwrap(), Ipv4Addr::new(198, 18, 0, n));
        self.decide(|s, _| node::register(s, &registration(&id, &format!("node{n}"), vtep))).unwrap()
    }

    /// A service in `network`, or in none where that is empty.
    pub(crate) fn service(&mut self, name: &str, network: &str) -> Service {
        let request = service_request(name, network);
        self.decide(|s, g| service::create(s, &request, &nobody(), pool(), g)).unwrap()
    }

    /// A container that is a backend of `services`, its process not started.
    pub(crate) fn backend(
        &mut self,
        name: &str,
        node: &Node,
        networks: &[&str],
        services: &[&str],
    ) -> Placed {
        let request = backend_request(name, networks, services);
        self.decide(|s, g| container::create(s, &request, &node.id, &ALL_FREE, g)).unwrap()
    }

    pub(crate) fn container(&mut self, name: &str, node: &Node, networks: &[&str]) -> Placed {
        self.decide(|s, g| container::create(s, &container_request(name, networks), &node.id, &ALL_FREE, g))
            .unwrap()
    }
}

/// What a daemon of version 1.0 says of its node.
/// A node's first sign of life.
pub(crate) fn alive(
    state: &State,
    id: &Id,
    machine: &str,
    sign: &SignOfLife,
    lease: i64,
) -> Result<((), Txn), Refusal> {
    let now = node::Told { sign: Some(sign.clone()), ..node::Told::default() };
    node::tell(state, (id, machine), &node::Told::default(), &now, lease).map(|(_, txn)| ((), txn))
}

pub(crate) fn registration<'a>(id: &'a Id, name: &'a str, vtep: Ipv4Addr) -> node::Registration<'a> {
    node::Registration { id, name, vtep, version: "1.0", machine: "here" }
}

/// Where the tests' services get their addresses.
pub(crate) fn pool() -> ipnet::Ipv4Net {
    "10.255.0.0/16".parse().unwrap()
}

/// A node that nobody is: for networks of the whole cluster.
pub(crate) fn nobody() -> Id {
    Id::parse(&"f".repeat(64)).unwrap()
}

/// A host whose processes have no port.
pub(crate) const ALL_FREE: HostPorts<'static> = HostPorts {
    chosen_from: (32768, 60999),
    reserved: &[40000..=60999],
    seed: 0,
    used: &|_, _, _| PortUse::Free,
};

pub(crate) fn network_request(name: &str, subnets: &[&str]) -> NetworkCreate {
    NetworkCreate {
        name: name.to_owned(),
        driver: Driver::Overlay,
        subnets: subnets.iter().map(|s| s.parse().unwrap()).collect(),
        ip_ranges: Vec::new(),
        gateways: Vec::new(),
        aux_addresses: BTreeMap::new(),
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    }
}

pub(crate) fn service_request(name: &str, network: &str) -> ServiceCreate {
    ServiceCreate {
        name: name.to_owned(),
        network: (!network.is_empty()).then(|| network.to_owned()),
        endpoint_mode: EndpointMode::Vip,
        balance: Balance::Maglev,
        local_first: false,
        affinity_seconds: None,
        ports: Vec::new(),
        sources: Vec::new(),
        addresses: Vec::new(),
        return_path: ReturnPath::Symmetric,
        health_tcp: None,
        labels: BTreeMap::new(),
    }
}

pub(crate) fn backend_request(name: &str, networks: &[&str], services: &[&str]) -> ContainerCreate {
    let services = services.iter().map(ToString::to_string).collect();
    ContainerCreate { services, mode: Mode::Attached, ..container_request(name, networks) }
}

pub(crate) fn attach_to(network: &str) -> Attach {
    Attach { network: network.to_owned(), ip: None, mac: None, aliases: Vec::new() }
}

pub(crate) fn container_request(name: &str, networks: &[&str]) -> ContainerCreate {
    ContainerCreate {
        services: Vec::new(),
        name: Some(name.to_owned()),
        mode: if networks.is_empty() { Mode::None } else { Mode::Attached },
        networks: networks.iter().map(|n| attach_to(n)).collect(),
        command: vec!["true".to_owned()],
        env: Vec::new(),
        hostname: None,
        labels: BTreeMap::new(),
        remove_on_exit: false,
        publish: Vec::new(),
        publish_all: false,
        sources: Vec::new(),
        expose: Vec::new(),
        files: Files::default(),
    }
}
