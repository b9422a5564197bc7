//! What users do, at random.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};

use crate::{
    api::types::{ContainerCreate, EndpointMode, NetworkCreate, PortRange, PublishRequest, ServiceUpdate},
    desired::{Refusal, container, network, service, world::*},
    model::{Driver, Node, Protocol},
};

pub(super) const NODES: u8 = 3;

/// Something that a user does, by the daemon of a node.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    node: u8,
    what: What,
    /// Choose a network and another, or a container and a network.
    one: Index,
    other: Index,
}

#[derive(Clone, Debug)]
enum What {
    CreateNetwork(Driver),
    RemoveNetwork,
    /// In up to two networks.
    Run,
    /// In one network, with ports published: from which on, how many, and to some only.
    Publish(u16, u16, bool),
    Connect,
    Disconnect,
    Exit,
    Remove,
    CreateService,
    UpdateService(Change),
    RemoveService,
    /// As a backend of a service, whose process runs.
    Serve,
    /// Is about to end.
    Drain,
}

/// What `service update` changes.
#[derive(Clone, Debug)]
enum Change {
    Drain,
    Undrain,
    Weight(u16),
    Mode(EndpointMode),
    LocalFirst(bool),
}

pub(super) fn any_deed() -> impl Strategy<Value = Deed> {
    let what = prop_oneof![
        1 => Just(What::CreateNetwork(Driver::Overlay)),
        1 => Just(What::CreateNetwork(Driver::Bridge)),
        1 => Just(What::RemoveNetwork),
        6 => Just(What::Run),
        3 => (1..9_u16, 1..4_u16, any::<bool>()).prop_map(|(first, count, some)| What::Publish(first, count, some)),
        2 => Just(What::Connect),
        2 => Just(What::Disconnect),
        2 => Just(What::Exit),
        2 => Just(What::Remove),
        2 => Just(What::CreateService),
        2 => any_change().prop_map(What::UpdateService),
        1 => Just(What::RemoveService),
        6 => Just(What::Serve),
        1 => Just(What::Drain),
    ];
    (0..NODES, what, any::<Index>(), any::<Index>()).prop_map(|(node, what, one, other)| Deed {
        node,
        what,
        one,
        other,
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Drain),
        1 => Just(Change::Undrain),
        2 => (1..4_u16).prop_map(Change::Weight),
        1 => Just(Change::Mode(EndpointMode::Vip)),
        1 => Just(Change::Mode(EndpointMode::Dnsrr)),
        1 => any::<bool>().prop_map(Change::LocalFirst),
    ]
}

impl Deed {
    /// Does it, if it can be done; `count` is the number of the deed.
    pub(super) fn act(&self, world: &mut World, nodes: &[Node], count: usize) {
        let node = &nodes[usize::from(self.node)];
        let name = format!("thing{count}");
        let _: Result<(), Refusal> = match &self.what {
            What::CreateNetwork(driver) => create(world, node, *driver, &name, count),
            What::RemoveNetwork => {
                let network = self.network(world, node, &self.one);
                world.decide(|s, _| network::remove(s, &network, &node.id)).map(drop)
            }
            What::Run => {
                let networks = [self.network(world, node, &self.one), self.network(world, node, &self.other)];
                run(world, node, &container_request(&name, &[&networks[0], &networks[1]]))
            }
            What::Publish(first, count, some) => {
                let networks = [self.network(world, node, &self.one)];
                let publish = vec![publish(*first, *count, *some)];
                run(world, node, &ContainerCreate { publish, ..container_request(&name, &[&networks[0]]) })
            }
            What::Connect => {
                let (container, network) = (self.container(world), self.network(world, node, &self.other));
                connect(world, node, &container, &network)
            }
            What::Disconnect => {
                let (container, network) = (self.container(world), self.network(world, node, &self.other));
                world.decide(|s, _| container::disconnect(s, &network, &container, &node.id, false)).map(drop)
            }
            What::Exit => {
                let container = self.container(world);
                world.decide(|s, _| container::exit(s, &container, 0, 0)).map(drop)
            }
            What::Remove => {
                let container = self.container(world);
                world.decide(|s, _| container::remove(s, &container)).map(drop)
            }
            What::CreateService => {
                let request = service_request(&name, &self.network(world, node, &self.one));
                world.decide(|s, g| service::create(s, &request, &node.id, pool(), g)).map(drop)
            }
            What::UpdateService(change) => {
                let (service, request) = self.change(world, change);
                world.decide(|s, g| service::update(s, &service, &request, pool(), g)).map(drop)
            }
            What::RemoveService => {
                let service = self.service(world);
                world.decide(|s, _| service::remove(s, &service)).map(drop)
            }
            What::Serve => {
                let request = backend_request(&name, &[], &[&self.service(world)]);
                run(world, node, &request).and_then(|()| start(world, &name))
            }
            What::Drain => {
                let container = self.container(world);
                world.decide(|s, _| container::drain(s, &container)).map(drop)
            }
        };
    }

    /// What is changed of which service: of a backend's one where there are some.
    fn change(&self, world: &World, change: &Change) -> (String, ServiceUpdate) {
        let state = world.state();
        let backends: Vec<_> = state.backends.values().collect();
        let backend = (!backends.is_empty()).then(|| backends[self.one.index(backends.len())]);
        let service = backend.map_or_else(|| self.service(world), |b| b.service.to_string());
        let name = backend.map_or_else(String::new, |b| b.container.to_string());
        let mut request = ServiceUpdate::default();
        match change {
            Change::Drain => request.drain = vec![name],
            Change::Undrain => request.undrain = vec![name],
            Change::Weight(weight) => request.weights = [(name, *weight)].into(),
            Change::Mode(mode) => request.endpoint_mode = Some(*mode),
            Change::LocalFirst(local_first) => request.local_first = Some(*local_first),
        }
        (service, request)
    }

    fn service(&self, world: &World) -> String {
        let names: Vec<_> = world.state().services.values().map(|s| s.name.clone()).collect();
        pick(&names, &self.other)
    }

    /// A network that the node sees.
    fn network(&self, world: &World, node: &Node, index: &Index) -> String {
        let names: Vec<_> = world.state().networks_seen_from(&node.id).map(|n| n.name.clone()).collect();
        pick(&names, index)
    }

    fn container(&self, world: &World) -> String {
        let names: Vec<_> = world.state().containers.values().map(|c| c.name.clone()).collect();
        pick(&names, &self.one)
    }
}

fn pick(names: &[String], index: &Index) -> String {
    if names.is_empty() { String::new() } else { names[index.index(names.len())].clone() }
}

/// A small one and a second subnet: addresses are used again, VNIs come in pairs.
fn create(world: &mut World, node: &Node, driver: Driver, name: &str, count: usize) -> Result<(), Refusal> {
    let subnets = match driver {
        Driver::Overlay => [format!("10.{count}.0.0/29"), format!("11.{count}.0.0/29")],
        // The same ones on every node.
        Driver::Bridge => ["0.0.0.0/29".to_owned(), "0.0.0.0/29".to_owned()],
    };
    let request = network_request(name, &[subnets[0].as_str(), subnets[1].as_str()]);
    let request = NetworkCreate { driver, ..request };
    world.decide(|s, g| network::create(s, &request, &node.id, &[], g)).map(drop)
}

fn run(world: &mut World, node: &Node, request: &ContainerCreate) -> Result<(), Refusal> {
    world.decide(|s, g| container::create(s, request, &node.id, &ALL_FREE, g)).map(drop)
}

fn start(world: &mut World, container: &str) -> Result<(), Refusal> {
    world.decide(|s, _| container::start(s, container, 7, 1)).map(drop)
}

fn connect(world: &mut World, node: &Node, container: &str, network: &str) -> Result<(), Refusal> {
    let attach = attach_to(network);
    let none = BTreeSet::new();
    world.decide(|s, g| container::connect(s, container, &attach, &node.id, &none, g)).map(drop)
}

fn publish(first: u16, count: u16, to_some: bool) -> PublishRequest {
    let range = PortRange { first, last: first + count - 1 };
    let sources = if to_some { vec!["192.0.2.0/24".parse().unwrap()] } else { Vec::new() };
    PublishRequest { host_ip: None, host: Some(range), container: range, protocol: Protocol::Tcp, sources }
}
