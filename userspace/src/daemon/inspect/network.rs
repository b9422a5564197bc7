//! `network inspect`.

use std::collections::BTreeMap;

use super::{node_name, service};
use crate::{
    api::types::{IpamConfig, IpamInspect, NetworkContainer, NetworkInspect},
    daemon::times::rfc3339,
    desired::State,
    model::{Driver, Endpoint, Network, Subnet},
};

/// Docker's name for the list of a network's VNIs.
const VNIS: &str = "com.docker.network.driver.overlay.vxlanid_list";

/// A network as `network inspect` prints it.
pub(crate) fn network(state: &State, network: &Network) -> NetworkInspect {
    NetworkInspect {
        name: network.name.clone(),
        id: network.id.to_string(),
        created: rfc3339(network.created),
        scope: scope(network.driver).into(),
        driver: network.driver.to_string(),
        enable_ipv6: false,
        ipam: IpamInspect {
            driver: "default".into(),
            options: BTreeMap::new(),
            config: network.subnets.iter().map(config).collect(),
        },
        internal: network.internal,
        attachable: true,
        ingress: false,
        containers: state.endpoints_of_network(&network.id).map(|e| member(state, e)).collect(),
        services: service::services_of(state, network),
        options: options(network),
        labels: network.labels.clone(),
    }
}

const fn scope(driver: Driver) -> &'static str {
    match driver {
        Driver::Overlay => "global",
        Driver::Bridge => "local",
    }
}

fn config(subnet: &Subnet) -> IpamConfig {
    IpamConfig {
        subnet: subnet.cidr.to_string(),
        ip_range: subnet.ip_range.map(|r| r.to_string()),
        gateway: subnet.gateway.to_string(),
        auxiliary_addresses: subnet.aux.iter().map(|(n, a)| (n.clone(), a.to_string())).collect(),
    }
}

fn member(state: &State, endpoint: &Endpoint) -> (String, NetworkContainer) {
    let container = NetworkContainer {
        name: endpoint.container_name.clone(),
        endpoint_id: endpoint.id.to_string(),
        mac_address: endpoint.mac.to_string(),
        ipv4_address: format!("{}/{}", endpoint.addr, endpoint.prefix_len),
        ipv6_address: String::new(),
        node: node_name(state, &endpoint.node),
    };
    (endpoint.container.to_string(), container)
}

/// The options as given, and the VNIs that the network has.
fn options(network: &Network) -> BTreeMap<String, String> {
    let mut options = network.options.clone();
    if network.driver == Driver::Overlay {
        let vnis: Vec<_> = network.subnets.iter().map(|s| s.vni.to_string()).collect();
        options.insert(VNIS.into(), vnis.join(","));
    }
    options
}
