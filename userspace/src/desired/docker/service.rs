//! Services of Docker's containers: by a label, or since several containers are one service of compose.

use std::collections::BTreeMap;

use super::labels;
use crate::{
    api::types::{EndpointMode, ServiceCreate, ServicePublish},
    desired::{Refusal, State, container, service, state::in_order},
    model::{Balance, Container, Endpoint, Id, PortMode, Protocol, ReturnPath, SERVICE_LABEL, Service},
    store::Txn,
};

/// The label by which compose says which service a container is of.
const COMPOSE: &str = "com.docker.compose.service";
/// The label that puts a container's service on the ingress mesh: `[PUBLISHED:]TARGET[/tcp|udp]`, several with commas.
const PUBLISH: &str = "causeway.publish";

/// The service that a container is to be a backend of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// The network that it has its name in.
    pub network: Id,
    /// A label of ours asks for it; a service of compose is one only from its second container on.
    pub asked_for: bool,
    /// What it publishes on every node; why that cannot be read.
    pub ports: Result<Vec<ServicePublish>, String>,
}

/// The service that a container of Docker's is to be a backend of.
pub fn wish(state: &State, container: &Container) -> Option<Wish> {
    let label = |key: &str| container.labels.get(key).filter(|value| !value.is_empty());
    let asked_for = label(SERVICE_LABEL).is_some() || label(PUBLISH).is_some();
    let own = asked_for.then_some(&container.name);
    let name = label(SERVICE_LABEL).or_else(|| label(COMPOSE)).or(own)?.clone();
    let network = state.endpoints_of_container(&container.id).first()?.network.clone();
    let ports = label(PUBLISH).map_or(Ok(Vec::new()), |text| ports(text));
    Some(Wish { name, network, asked_for, ports })
}

impl Wish {
    /// The request that makes the service.
    pub fn request(&self) -> ServiceCreate {
        ServiceCreate {
            name: self.name.clone(),
            network: Some(self.network.to_string()),
            endpoint_mode: EndpointMode::Vip,
            balance: Balance::default(),
            local_first: false,
            affinity_seconds: None,
            ports: self.ports.clone().unwrap_or_default(),
            sources: Vec::new(),
            addresses: Vec::new(),
            return_path: ReturnPath::default(),
            health_tcp: None,
            labels: BTreeMap::from([(labels::SERVICE.to_owned(), String::new())]),
        }
    }

    /// The service, where it is there.
    pub fn service<'s>(&self, state: &'s State) -> Option<&'s Service> {
        let mut there = state.services_of_network(&self.network);
        there.find(|service| service.name == self.name)
    }

    /// What it should publish besides what it does.
    pub fn lacking(&self, service: &Service) -> Vec<ServicePublish> {
        let has = |wish: &&ServicePublish| {
            service.ingress().any(|p| (p.target, p.protocol) == (wish.target, wish.protocol))
        };
        self.ports.iter().flatten().filter(|wish| !has(wish)).copied().collect()
    }
}

/// Whether the service has to be made: somebody asks for it by name, or it has several containers.
pub fn missing(state: &State, wish: &Wish) -> bool {
    let called = |e: &&Endpoint| e.container_name == wish.name || e.aliases.contains(&wish.name);
    let is_there = wish.service(state).is_some();
    !is_there && (wish.asked_for || state.endpoints_of_network(&wish.network).filter(called).nth(1).is_some())
}

/// A container that runs becomes a backend of a service; one that is one already stays so.
///
/// # Errors
/// A [`Refusal`] where either is gone, or the container is not in the service's network.
pub fn join_service(state: &State, container: &Id, service: &Id) -> Result<(bool, Txn), Refusal> {
    let mut container = state.container(container.as_str())?.clone();
    let service = state.service(service.as_str())?;
    if container.services.contains(&service.id) {
        return Ok((false, Txn::default()));
    }
    let endpoints = in_order(state.endpoints_of_container(&container.id));
    service::check_reached(state, &container.name, &[service], &endpoints)?;
    container.services.push(service.id.clone());
    let mut draft = container::rewrite(state, &container);
    service::settle(state, &container, &endpoints, &mut draft);
    Ok((true, draft.txn()))
}

/// Whether a service was made for Docker's containers and has none any more.
pub fn is_orphan(state: &State, service: &Id) -> bool {
    let made = state.services.get(service).is_some_and(labels::is_made_by_docker);
    made && state.backends_of_service(service).next().is_none()
}

fn ports(text: &str) -> Result<Vec<ServicePublish>, String> {
    text.split(',').map(|one| port(one.trim())).collect()
}

fn port(text: &str) -> Result<ServicePublish, String> {
    let wrong = || format!("'{text}' is not [PUBLISHED:]TARGET[/tcp|udp], such as 8080:80");
    let (numbers, protocol) = match text.split_once('/') {
        None | Some((_, "tcp")) => (text.split('/').next().unwrap_or_default(), Protocol::Tcp),
        Some((numbers, "udp")) => (numbers, Protocol::Udp),
        Some(_) => return Err(wrong()),
    };
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(wrong);
    let (published, target) = match numbers.split_once(':') {
        None => (None, number(numbers)?),
        Some((published, target)) => (Some(number(published)?), number(target)?),
    };
    Ok(ServicePublish { published, target, protocol, mode: PortMode::Ingress })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(Option<u16>, u16, Protocol)>> {
        let ports = ports(text).ok()?;
        Some(ports.into_iter().map(|p| (p.published, p.target, p.protocol)).collect())
    }

    #[test]
    fn the_label_is_read_as_dockers_ports_are() {
        assert_eq!(read("8080:80"), Some(vec![(Some(8080), 80, Protocol::Tcp)]));
        let two = vec![(Some(53), 5353, Protocol::Udp), (None, 80, Protocol::Tcp)];
        assert_eq!(read("53:5353/udp, 80/tcp"), Some(two));
        for wrong in ["", "80:", ":80", "0:80", "80/sctp", "80-90", "70000:1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
