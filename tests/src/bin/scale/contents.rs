//! A large cluster's store, written straight into etcd.

use std::{net::Ipv4Addr, path::Path};

use anyhow::Result;
use causeway::{
    ipam::{Cursor, VipPool},
    model::{
        Availability, Backend, BackendState, Balance, Driver, Endpoint, Id, Mac, Network, Node, ReturnPath,
        Service, Subnet,
    },
    store::{
        self, Precondition, Txn, Write,
        schema::{Claim, Key, Part},
    },
};
use serde::Serialize;

/// Writes of one transaction: etcd takes 128.
const AT_ONCE: usize = 100;
/// The first network's VNI.
const FIRST_VNI: u32 = 50_000;
/// Backends of each service.
const BACKENDS: u32 = 3;
/// A node that owns all endpoints and never lives.
const ABSENT: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 99);

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) networks: u32,
    pub(crate) services: u32,
    pub(crate) endpoints: u32,
}

/// Name of the network `n`, from 0.
pub(crate) fn network_name(n: u32) -> String {
    format!("net-{n}")
}

/// Writes it all, with three backends for each service, to the store at `spec`.
///
/// # Errors
/// If etcd refuses, or something of it is there already.
pub(crate) async fn write(spec: &str, size: Size) -> Result<()> {
    let store = store::open(spec, Path::new("/nonexistent")).await?;
    let (owner, networks) = (Id::random(), (0..size.networks).map(network).collect::<Vec<_>>());
    let mut writes = vec![put(Key::Node(owner.clone()), &node(&owner))];
    writes.push(put(Key::VipPool, &VipPool::new("10.255.0.0/16".parse()?)));
    for network in &networks {
        writes.push(put(Key::Network(network.id.clone()), network));
        writes.push(put(Claim::NetworkName(network.name.clone()), &network.id));
        writes.push(put(Claim::Vni(network.subnets[0].vni), &network.id));
        writes.push(put(Key::Cursor(network.id.clone()), &Cursor::default()));
    }
    let of = |n: u32| &networks[(n % size.networks) as usize];
    let services: Vec<Service> = (0..size.services).map(|n| service(n, &of(n).id)).collect();
    for service in &services {
        writes.push(put(Key::Service(service.id.clone()), service));
        writes.push(put(Claim::ServiceName(service.name.clone()), &service.id));
        writes.extend(service.vip.map(|vip| put(Claim::Vip(vip), &service.id)));
        writes.extend(
            service
                .network
                .clone()
                .map(|network| put(Key::Guard(Part::Network(network), service.id.clone()), &service.id)),
        );
    }
    for n in 0..size.endpoints {
        let endpoint = endpoint(n, of(n), n / size.networks, &owner);
        writes.push(put(Key::Endpoint(endpoint.network.clone(), endpoint.addr), &endpoint));
        // Services and networks are numbered alike, so the service is one of the endpoint's network.
        let service = services.get((n % size.services.max(1)) as usize);
        if let Some(service) = service.filter(|_| n < BACKENDS * size.services) {
            let backend = backend(&endpoint, service);
            let part = Part::Network(endpoint.network);
            writes.push(put(Key::Backend(part, service.id.clone(), endpoint.container), &backend));
        }
    }
    for writes in writes.chunks(AT_ONCE) {
        let absent = |write: &Write| match write {
            Write::Put { key, .. } => Precondition::Absent(key.clone()),
            Write::Delete(key) => Precondition::Present(key.clone()),
        };
        // One of the preconditions is enough to notice a store that is not new.
        let preconditions = writes.first().map(absent).into_iter().collect();
        store.commit(Txn { preconditions, writes: writes.to_vec() }).await?;
    }
    Ok(())
}

fn put(key: impl Into<Key>, value: &impl Serialize) -> Write {
    let key = key.into();
    Write::Put { key: key.to_string(), value: serde_json::to_vec(value).unwrap_or_default(), lease: None }
}

fn node(id: &Id) -> Node {
    Node {
        id: id.clone(),
        name: "absent".to_owned(),
        vtep: ABSENT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        availability: Availability::Active,
        machine: String::new(),
    }
}

/// A /24 of 10.0.0.0/9 each.
fn network(n: u32) -> Network {
    let first = Ipv4Addr::from(0x0a00_0000 + (n << 8));
    let subnet = Subnet {
        cidr: ipnet::Ipv4Net::new_assert(first, 24),
        ip_range: None,
        gateway: Ipv4Addr::from(u32::from(first) + 1),
        aux: Default::default(),
        vni: FIRST_VNI + n,
    };
    Network {
        id: Id::random(),
        name: network_name(n),
        driver: Driver::Overlay,
        node: None,
        created: 0,
        subnets: vec![subnet],
        internal: false,
        options: Default::default(),
        labels: Default::default(),
    }
}

fn service(n: u32, network: &Id) -> Service {
    Service {
        id: Id::random(),
        name: format!("service-{n}"),
        created: 0,
        updated: 0,
        network: Some(network.clone()),
        vip: Some(Ipv4Addr::from(0x0aff_0002 + n)),
        balance: Balance::default(),
        local_first: false,
        affinity_seconds: None,
        ports: Vec::new(),
        return_path: ReturnPath::default(),
        health_tcp: None,
        draining: Default::default(),
        weights: Default::default(),
        labels: Default::default(),
    }
}

/// The network's endpoint number `number`, from 0.
fn endpoint(n: u32, network: &Network, number: u32, owner: &Id) -> Endpoint {
    let subnet = &network.subnets[0];
    let addr = Ipv4Addr::from(u32::from(subnet.cidr.network()) + 100 + number);
    Endpoint {
        id: Id::random(),
        network: network.id.clone(),
        container: Id::random(),
        container_name: format!("container-{n}"),
        node: owner.clone(),
        addr,
        prefix_len: 24,
        vni: subnet.vni,
        mac: Mac::of(addr),
        ifname: "eth0".to_owned(),
        aliases: Vec::new(),
        fixed: false,
        hostname: None,
    }
}

fn backend(endpoint: &Endpoint, service: &Service) -> Backend {
    Backend {
        service: service.id.clone(),
        container: endpoint.container.clone(),
        container_name: endpoint.container_name.clone(),
        node: endpoint.node.clone(),
        addr: endpoint.addr,
        vni: endpoint.vni,
        mac: endpoint.mac,
        state: BackendState::Active,
    }
}
