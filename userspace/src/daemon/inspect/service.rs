//! `service inspect`, `service ps`, and the services of `network inspect`.

use std::collections::BTreeMap;

use super::node_name;
use crate::{
    api::types::{
        BackendInspect, EndpointMode, EndpointSpec, NetworkService, NetworkTask, PortConfig, ServiceEndpoint,
        ServiceInspect, ServiceSpec, VirtualIp,
    },
    daemon::times::rfc3339,
    desired::State,
    model::{Availability, Backend, BackendState, Network, Service, ServicePort},
};

/// A service as `service inspect` prints it.
pub(crate) fn service(state: &State, service: &Service) -> ServiceInspect {
    let ports: Vec<_> = service.ports.iter().map(port).collect();
    let endpoint_spec = EndpointSpec { mode: mode(service), ports: ports.clone() };
    ServiceInspect {
        id: service.id.to_string(),
        created_at: rfc3339(service.created),
        updated_at: rfc3339(service.updated),
        spec: ServiceSpec {
            name: service.name.clone(),
            labels: service.labels.clone(),
            endpoint_spec: endpoint_spec.clone(),
            network: network_name(state, service),
            balance: service.balance,
            local_first: service.local_first,
            affinity: service.affinity_seconds,
            return_path: service.return_path,
            health_tcp: service.health_tcp,
        },
        endpoint: ServiceEndpoint {
            spec: endpoint_spec,
            ports,
            virtual_ips: virtual_ip(service).into_iter().collect(),
        },
        backends: backends(state, service),
    }
}

/// Without a network it has no address, and no name that could lead elsewhere.
const fn mode(service: &Service) -> EndpointMode {
    if service.network.is_some() && service.vip.is_none() { EndpointMode::Dnsrr } else { EndpointMode::Vip }
}

fn network_name(state: &State, service: &Service) -> Option<String> {
    let id = service.network.as_ref()?;
    Some(state.networks.get(id).map_or_else(|| id.short().to_owned(), |network| network.name.clone()))
}

fn port(port: &ServicePort) -> PortConfig {
    PortConfig {
        protocol: port.protocol,
        target_port: port.target,
        published_port: port.published,
        publish_mode: port.mode,
        sources: port.sources.clone(),
        addresses: port.addresses.clone(),
    }
}

fn virtual_ip(service: &Service) -> Option<VirtualIp> {
    let (network, vip) = (service.network.as_ref()?, service.vip?);
    Some(VirtualIp { network_id: network.to_string(), addr: format!("{vip}/32") })
}

/// Who is behind it, by name.
fn backends(state: &State, service: &Service) -> Vec<BackendInspect> {
    let shown = |backend: &Backend| BackendInspect {
        container_id: backend.container.to_string(),
        name: backend.container_name.clone(),
        node: node_name(state, &backend.node),
        ip_address: backend.addr,
        state: doing(state, service, backend).to_owned(),
        weight: service.weights.get(&backend.container).copied().unwrap_or(1),
    };
    let mut backends: Vec<_> = state.backends_of_service(&service.id).map(shown).collect();
    backends.sort_by(|a, b| a.name.cmp(&b.name));
    backends
}

/// One that has to start first is not drained yet, whoever says so; what is on a node that is down is
/// neither.
fn doing(state: &State, service: &Service, backend: &Backend) -> &'static str {
    let node = state.nodes.get(&backend.node);
    let drained = service.draining.contains(&backend.container)
        || node.is_some_and(|n| n.availability == Availability::Drain);
    match backend.state {
        _ if !state.live.is_empty() && !state.live.contains_key(&backend.node) => "down",
        BackendState::Starting => "starting",
        BackendState::Active if drained => "draining",
        BackendState::Active => "active",
        BackendState::Draining => "draining",
    }
}

/// The services of a network as `network inspect` shows them, by name.
pub(super) fn services_of(state: &State, network: &Network) -> BTreeMap<String, NetworkService> {
    let shown = |service: &Service| NetworkService {
        vip: service.vip.map(|vip| vip.to_string()).unwrap_or_default(),
        ports: service.ports.iter().map(port_line).collect(),
        tasks: state.backends_of_service(&service.id).map(|backend| task(state, network, backend)).collect(),
    };
    state.services_of_network(&network.id).map(|service| (service.name.clone(), shown(service))).collect()
}

/// The words are Docker's.
fn port_line(port: &ServicePort) -> String {
    format!("Target: {}, Publish: {}", port.target, port.published)
}

fn task(state: &State, network: &Network, backend: &Backend) -> NetworkTask {
    let endpoint = state.endpoints.get(&(network.id.clone(), backend.addr));
    let host = state.nodes.get(&backend.node).map(|node| ("Host IP".to_owned(), node.vtep.to_string()));
    NetworkTask {
        name: backend.container_name.clone(),
        endpoint_id: endpoint.map(|e| e.id.to_string()).unwrap_or_default(),
        endpoint_ip: backend.addr.to_string(),
        info: host.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::Ipv4Addr;

    use ipnet::Ipv4Net;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        api::types::{ServiceCreate, ServicePublish},
        desired::{
            self,
            world::{World, nobody},
        },
        model::{Balance, Id, PortMode, Protocol, ReturnPath},
    };

    const POOL: &str = "10.255.0.0/16";

    /// A service with one backend, and the network that it is in.
    fn world(mode: EndpointMode) -> (State, Service, Network) {
        let mut world = World::default();
        let network = world.network("net", &["10.0.9.0/24"]);
        let node = world.node(1);
        let port = ServicePublish {
            published: Some(8080),
            target: 80,
            protocol: Protocol::Tcp,
            mode: PortMode::Host,
        };
        let request = ServiceCreate {
            name: "web".into(),
            network: Some("net".into()),
            endpoint_mode: mode,
            balance: Balance::Random,
            local_first: true,
            affinity_seconds: Some(60),
            ports: vec![port],
            sources: Vec::new(),
            addresses: Vec::new(),
            return_path: ReturnPath::Symmetric,
            health_tcp: Some(80),
            labels: BTreeMap::new(),
        };
        let pool: Ipv4Net = POOL.parse().unwrap();
        let service = world.decide(|s, g| desired::service::create(s, &request, &nobody(), pool, g)).unwrap();
        let mut state = world.state();
        let placed = world.container("one", &node, &["net"]);
        let endpoint = placed.endpoints[0].clone();
        state.endpoints = world.state().endpoints;
        let backend = Backend {
            service: service.id.clone(),
            container: placed.container.id.clone(),
            container_name: "one".into(),
            node: node.id,
            addr: endpoint.addr,
            vni: endpoint.vni,
            mac: endpoint.mac,
            state: BackendState::Active,
        };
        state.backends.insert((service.id.clone(), placed.container.id), backend);
        (state, service, network)
    }

    fn value(shape: impl serde::Serialize) -> Value {
        serde_json::to_value(shape).unwrap()
    }

    fn container(state: &State) -> Id {
        state.backends.keys().next().unwrap().1.clone()
    }

    #[test]
    fn a_service_shows_what_it_was_made_from_where_it_is_and_who_is_behind_it() {
        let (state, web, network) = world(EndpointMode::Vip);
        let shape = value(service(&state, &web));
        assert_eq!(
            (&shape["Spec"]["Name"], &shape["Spec"]["Network"], &shape["Spec"]["HealthTCP"]),
            (&json!("web"), &json!("net"), &json!(80))
        );
        let port = json!({"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"});
        assert_eq!(shape["Endpoint"]["Ports"], json!([port]));
        let vip = json!({"NetworkID": network.id, "Addr": format!("{}/32", web.vip.unwrap())});
        assert_eq!(shape["Endpoint"]["VirtualIPs"], json!([vip]));
        let backend = &shape["Backends"][0];
        assert_eq!(
            (
                &backend["Name"],
                &backend["Node"],
                &backend["IPAddress"],
                &backend["State"],
                &backend["Weight"]
            ),
            (&json!("one"), &json!("node1"), &json!("10.0.9.2"), &json!("active"), &json!(1))
        );
    }

    #[test]
    fn who_is_drained_by_the_service_is_shown_as_draining() {
        let (mut state, mut web, _) = world(EndpointMode::Vip);
        web.draining.insert(container(&state));
        web.weights.insert(container(&state), 7);
        let shown = backends(&state, &web);
        assert_eq!((shown[0].state.as_str(), shown[0].weight), ("draining", 7));
        state.backends.values_mut().for_each(|b| b.state = BackendState::Starting);
        assert_eq!(backends(&state, &web)[0].state, "starting");
    }

    #[test]
    fn who_is_on_a_drained_node_is_draining_and_on_a_silent_one_down() {
        let (mut state, web, _) = world(EndpointMode::Vip);
        let shown = |state: &State| backends(state, &web)[0].state.clone();
        state.nodes.values_mut().for_each(|n| n.availability = Availability::Drain);
        assert_eq!(shown(&state), "draining");
        state.live.insert(Id::random(), crate::model::SignOfLife::default());
        assert_eq!(shown(&state), "down");
    }

    #[test]
    fn a_network_shows_its_services_by_dockers_keys() {
        let (state, web, network) = world(EndpointMode::Vip);
        let shape = value(services_of(&state, &network));
        assert_eq!(shape["web"]["VIP"], json!(web.vip.unwrap()));
        assert_eq!(shape["web"]["Ports"], json!(["Target: 80, Publish: 8080"]));
        let endpoint = &state.endpoints[&(network.id, Ipv4Addr::new(10, 0, 9, 2))];
        let task = json!({"Name": "one", "EndpointID": endpoint.id, "EndpointIP": "10.0.9.2",
                          "Info": {"Host IP": "198.18.0.1"}});
        assert_eq!(shape["web"]["Tasks"], json!([task]));
    }

    #[test]
    fn without_a_virtual_address_its_name_leads_to_the_backends() {
        let (state, web, network) = world(EndpointMode::Dnsrr);
        let shape = value(service(&state, &web));
        assert_eq!(shape["Spec"]["EndpointSpec"]["Mode"], "dnsrr");
        assert_eq!(shape["Endpoint"]["VirtualIPs"], json!([]));
        assert_eq!(value(services_of(&state, &network))["web"]["VIP"], "");
    }
}
