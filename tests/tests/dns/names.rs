//! The names of a small cluster: one network, this node's container, others'.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use causeway::{
    desired::State,
    dns::Names,
    model::{Container, ContainerState, Driver, Endpoint, Files, Id, Mac, Network, NetworkMode, Subnet},
};

/// The node that the server is of.
pub(crate) fn node() -> Id {
    id(0, 1)
}

/// The n-th thing of a kind.
pub(crate) fn id(kind: u8, n: u16) -> Id {
    Id::parse(&format!("{kind:02x}{n:04x}{:058x}", 0)).unwrap()
}

/// A network `net` with containers `c1` … `cN` of this node, and a name `many` that `many` containers
/// of another node share.
pub(crate) fn cluster(own: u16, many: u16) -> State {
    let mut state = State::default();
    let network = network();
    for n in 1..=own {
        join(&mut state, &network, n, &node(), &[]);
    }
    for n in 0..many {
        join(&mut state, &network, 1000 + n, &id(0, 2), &["many"]);
    }
    state.networks.insert(network.id.clone(), network);
    state
}

/// The state with its one network internal.
pub(crate) fn internal(mut state: State) -> State {
    state.networks.values_mut().for_each(|network| network.internal = true);
    state
}

/// The state with a container that has servers of its own (`--dns`).
pub(crate) fn with_servers(mut state: State, container: u16, servers: &[&str]) -> State {
    let servers = servers.iter().map(|server| server.parse().unwrap()).collect();
    state.containers.get_mut(&id(2, container)).unwrap().files.dns = servers;
    state
}

/// The names as the server gets them.
pub(crate) fn built(state: &State) -> Names {
    Names::build(state, &node(), &BTreeSet::new(), &Names::default())
}

/// The address of the n-th container.
pub(crate) fn address(n: u16) -> Ipv4Addr {
    let [high, low] = n.to_be_bytes();
    Ipv4Addr::new(10, 9, high, low)
}

fn network() -> Network {
    let subnet = Subnet {
        cidr: "10.9.0.0/16".parse().unwrap(),
        ip_range: None,
        gateway: Ipv4Addr::new(10, 9, 255, 254),
        aux: BTreeMap::new(),
        vni: 4097,
    };
    Network {
        id: id(1, 1),
        name: "net".to_owned(),
        driver: Driver::Overlay,
        node: None,
        created: 0,
        subnets: vec![subnet],
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    }
}

fn join(state: &mut State, network: &Network, n: u16, node: &Id, aliases: &[&str]) {
    let (container, addr) = (id(2, n), address(n));
    let endpoint = Endpoint {
        id: id(3, n),
        network: network.id.clone(),
        container: container.clone(),
        container_name: format!("c{n}"),
        node: node.clone(),
        addr,
        prefix_len: 16,
        vni: 4097,
        mac: Mac::of(addr),
        ifname: "eth0".to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        fixed: false,
        hostname: None,
    };
    state.endpoints.insert((network.id.clone(), addr), endpoint);
    state.containers.insert(container.clone(), record(container, n, node));
}

fn record(id: Id, n: u16, node: &Id) -> Container {
    Container {
        id,
        name: format!("c{n}"),
        node: node.clone(),
        created: 0,
        process: None,
        netns: "/none".into(),
        state: ContainerState::Created,
        labels: BTreeMap::new(),
        remove_on_exit: false,
        network_mode: NetworkMode::Attached,
        published: Vec::new(),
        exposed: Vec::new(),
        files: Files::default(),
        services: Vec::new(),
        networks: Vec::new(),
        docker: None,
    }
}
