//! A small cluster, as the store holds it: two nodes, an overlay, an internal and a bridge network, a service with
//! two backends, on each node one.

use std::{collections::BTreeMap, collections::BTreeSet, net::Ipv4Addr, sync::LazyLock};

use causeway::{
    desired::{Given, HostPorts, PortUse, Refusal, State, container, network, node, service},
    dns::Names,
    model::{Id, Mac, Sizes},
    plan::{self, Host, Local, NextHop, Tables},
    store::{Change, Txn, Write},
};
use serde_json::{Value, json};

/// The cluster as it is before anything is asked.
pub(crate) static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::new);

/// More backends than fit into 512 bytes, 16 each.
const CROWD: u8 = 60;

/// Its state, and how many ids were given.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) state: State,
    ids: u64,
}

/// The n-th node's id.
pub(crate) fn node_id(n: u8) -> Id {
    Id::parse(&format!("{n:064x}")).expect("64 digits")
}

/// The n-th node's VTEP.
pub(crate) const fn vtep(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 18, 0, n)
}

/// A host whose processes have no port.
pub(crate) const PORTS: HostPorts<'static> = HostPorts {
    chosen_from: (32768, 60999),
    reserved: &[40000..=60999],
    seed: 7,
    used: &|_, _, _| PortUse::Free,
};

/// A request as a client would write it.
fn request<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a request")
}

impl Cluster {
    fn new() -> Self {
        let mut cluster = Self { state: State::default(), ids: 0 };
        for n in [1, 2] {
            let (id, name) = (node_id(n), format!("node{n}"));
            let new =
                node::Registration { id: &id, name: &name, vtep: vtep(n), version: "1", machine: "here" };
            cluster.decide(|state, _| node::register(state, &new)).expect("a node");
            let now = node::Told { sign: Some(Default::default()), ..node::Told::default() };
            cluster
                .decide(|state, _| node::tell(state, (&id, "here"), &node::Told::default(), &now, 1))
                .expect("a sign of life");
        }
        for (name, more) in [("shop", json!({})), ("vault", json!({"internal": true}))] {
            cluster.network(name, "overlay", more);
        }
        cluster.network("yard", "bridge", json!({}));
        cluster.service();
        cluster.backend(1, "web");
        cluster.backend(2, "other");
        let asked = request(json!({"name": "safe", "command": ["true"], "networks": [{"network": "vault"}]}));
        cluster
            .decide(|state, given| container::create(state, &asked, &node_id(1), &PORTS, given))
            .expect("a container");
        cluster
    }

    fn network(&mut self, name: &str, driver: &str, more: Value) {
        let mut asked = json!({"name": name, "driver": driver});
        for (key, value) in more.as_object().into_iter().flatten() {
            asked[key] = value.clone();
        }
        let asked = request(asked);
        self.decide(|state, given| network::create(state, &asked, &node_id(1), &[], given))
            .expect("a network");
    }

    fn service(&mut self) {
        let asked = request(json!({
            "name": "site", "network": "shop",
            "ports": [{"published": 8080, "target": 80, "protocol": "tcp"}],
        }));
        let pool = ipnet::Ipv4Net::new(Ipv4Addr::new(10, 255, 0, 0), 16).expect("a subnet");
        self.decide(|state, given| service::create(state, &asked, &node_id(1), pool, given))
            .expect("a service");
    }

    /// A container of the n-th node that serves.
    fn backend(&mut self, n: u8, name: &str) {
        let asked = request(json!({
            "name": name, "command": ["true"], "services": ["site"],
            "networks": [{"network": "shop", "aliases": ["www"]}, {"network": "vault"}],
        }));
        self.decide(|state, given| container::create(state, &asked, &node_id(n), &PORTS, given))
            .expect("a container");
    }

    /// The same with so many more backends that a datagram does not hold them all.
    pub(crate) fn crowded(mut self) -> Self {
        (0..CROWD).for_each(|n| self.backend(1, &format!("crowd{n}")));
        self
    }

    /// Decides, and carries the decision out.
    pub(crate) fn decide<T>(
        &mut self,
        decision: impl FnOnce(&State, &mut Given<'_>) -> Result<(T, Txn), Refusal>,
    ) -> Result<T, Refusal> {
        let ids = &mut self.ids;
        let mut fresh_id = || {
            *ids += 1;
            Id::parse(&format!("{ids:016x}{:048x}", 0)).expect("64 digits")
        };
        let (thing, txn) = decision(&self.state, &mut Given { now: 1000, fresh_id: &mut fresh_id })?;
        self.commit(txn);
        Ok(thing)
    }

    fn commit(&mut self, txn: Txn) {
        let one = |write| match write {
            Write::Put { key, value, .. } => (key, Some(value)),
            Write::Delete(key) => (key, None),
        };
        let keys = txn.writes.into_iter().map(one).collect();
        self.state.apply(&Change { revision: self.state.revision + 1, keys });
    }

    /// The names that the first node's containers ask for.
    pub(crate) fn names(&self) -> Names {
        Names::build(&self.state, &node_id(1), &BTreeSet::new(), &Names::default())
    }

    /// The id of a container.
    pub(crate) fn container(&self, name: &str) -> Id {
        self.state.container(name).expect("a container").id.clone()
    }

    /// What the first node's maps hold.
    pub(crate) fn tables(&self) -> Tables {
        plan::tables(&self.state, &HOST, &Tables::default())
    }
}

/// The first node, as it knows itself.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let mac = Mac([2, 0, 0, 0, 0, 1]);
    let hop = NextHop { ifindex: 2, src_mac: mac, dst_mac: Some(Mac([2, 0, 0, 0, 0, 2])) };
    Host {
        node: node_id(1),
        vtep: vtep(1),
        uplink: 2,
        uplink_mac: mac,
        underlay_mtu: 1500,
        vxlan_port: 4789,
        sizes: Sizes::default(),
        interfaces: BTreeMap::new(),
        next_hops: BTreeMap::from([(vtep(2), hop)]),
        silent_nodes: BTreeSet::new(),
        local: Local::default(),
        settled: BTreeMap::new(),
        namespaces: BTreeMap::new(),
    }
});
