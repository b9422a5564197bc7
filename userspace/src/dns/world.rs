//! A small cluster for tests: two overlay networks, a bridge, an internal one; containers; services.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, net::Ipv4Addr};

use crate::{
    desired::State,
    model::{
        Backend, BackendState, Container, ContainerState, Driver, Endpoint, Files, Id, Mac, Network,
        NetworkMode, PortMode, Process, Protocol, Service, ServicePort, SignOfLife, Subnet,
    },
};

/// The n-th id of its kind.
pub(crate) fn id(kind: u8, n: u8) -> Id {
    Id::parse(&format!("{kind:02x}{n:02x}{:060x}", 7)).unwrap()
}

/// The node whose names are built.
pub(crate) fn own() -> Id {
    id(0, 1)
}

/// Another node, which gives signs of life.
pub(crate) fn other() -> Id {
    id(0, 2)
}

/// A node without signs of life.
pub(crate) fn dead() -> Id {
    id(0, 3)
}

/// Two live nodes, one dead; no networks.
pub(crate) fn cluster() -> State {
    let mut state = State::default();
    state.live = BTreeMap::from([(own(), SignOfLife::default()), (other(), SignOfLife::default())]);
    state
}

/// A network `10.0.<n>.0/24`.
pub(crate) fn network(state: &mut State, n: u8, name: &str, change: impl FnOnce(&mut Network)) {
    let subnet = Subnet {
        cidr: format!("10.0.{n}.0/24").parse().unwrap(),
        ip_range: None,
        gateway: Ipv4Addr::new(10, 0, n, 1),
        aux: BTreeMap::new(),
        vni: 4097 + u32::from(n),
    };
    let mut network = Network {
        id: id(1, n),
        name: name.to_owned(),
        driver: Driver::Overlay,
        node: None,
        created: 0,
        subnets: vec![subnet],
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    change(&mut network);
    state.networks.insert(network.id.clone(), network);
}

/// A container of a node, with address `10.0.<network>.<n>` in each of its networks.
pub(crate) fn container(state: &mut State, n: u8, name: &str, node: &Id, networks: &[(u8, &[&str])]) -> Id {
    let id = id(2, n);
    for (eth, (network, aliases)) in networks.iter().enumerate() {
        let endpoint = Endpoint {
            id: self::id(3, n),
            network: self::id(1, *network),
            container: id.clone(),
            container_name: name.to_owned(),
            node: node.clone(),
            addr: Ipv4Addr::new(10, 0, *network, n),
            prefix_len: 24,
            vni: 4097 + u32::from(*network),
            mac: Mac([2, 0, 0, 0, network.to_owned(), n]),
            ifname: format!("eth{eth}"),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            fixed: false,
            hostname: Some(format!("host-{name}")),
        };
        state.endpoints.insert((endpoint.network.clone(), endpoint.addr), endpoint);
    }
    let process =
        Process { command: vec!["true".to_owned()], env: Vec::new(), hostname: format!("host-{name}") };
    let container = Container {
        id: id.clone(),
        name: name.to_owned(),
        node: node.clone(),
        created: 0,
        process: Some(process),
        netns: "/none".into(),
        state: ContainerState::Created,
        labels: BTreeMap::new(),
        remove_on_exit: false,
        network_mode: NetworkMode::Attached,
        published: Vec::new(),
        exposed: Vec::new(),
        files: Files::default(),
        services: Vec::new(),
        networks: networks.iter().map(|(network, _)| self::id(1, *network)).collect(),
        docker: None,
    };
    state.containers.insert(id.clone(), container);
    id
}

/// A service in a network, with ports 80 -> 8080/tcp and 53 -> 5353/udp.
pub(crate) fn service(state: &mut State, n: u8, name: &str, network: u8, vip: Option<Ipv4Addr>) -> Id {
    let port = |published, target, protocol| ServicePort {
        published,
        target,
        protocol,
        mode: PortMode::Host,
        sources: Vec::new(),
        addresses: Vec::new(),
    };
    let service = Service {
        id: id(4, n),
        name: name.to_owned(),
        created: 0,
        updated: 0,
        network: Some(id(1, network)),
        vip,
        balance: crate::model::Balance::Maglev,
        local_first: false,
        affinity_seconds: None,
        ports: vec![port(80, 8080, Protocol::Tcp), port(53, 5353, Protocol::Udp)],
        return_path: crate::model::ReturnPath::Symmetric,
        health_tcp: None,
        draining: Default::default(),
        weights: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    state.services.insert(service.id.clone(), service);
    id(4, n)
}

/// Makes a container a backend of a service, by its address in the service's network.
pub(crate) fn backend(state: &mut State, service: &Id, container: &Id, in_state: BackendState) {
    let network = state.services[service].network.clone().unwrap();
    let endpoint = state.endpoints_of_network(&network).find(|e| e.container == *container).unwrap().clone();
    let backend = Backend {
        service: service.clone(),
        container: container.clone(),
        container_name: endpoint.container_name,
        node: endpoint.node,
        addr: endpoint.addr,
        vni: endpoint.vni,
        mac: endpoint.mac,
        state: in_state,
    };
    state.backends.insert((service.clone(), container.clone()), backend);
}
