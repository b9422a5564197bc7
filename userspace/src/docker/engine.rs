//! The engine's own API, as far as it tells what the plugin protocol does not: names, aliases, labels, and what is
//! still there.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    time::Duration,
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    models::{ContainerInspectResponse, EventMessage},
    query_parameters::{
        EventsOptions, InspectContainerOptions, InspectNetworkOptions, ListContainersOptions,
        ListNetworksOptions,
    },
};
use futures::{Stream, StreamExt};
use ipnet::Ipv4Net;
use tokio::time::timeout;

use crate::{
    daemon::docker as ours,
    desired::docker::{Identity, Member},
    model::Id,
};

/// How long the engine may take for an answer, seconds; a container that is being started is described afterwards.
const PATIENCE: u64 = 10;

/// Where the engine is.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    socket: PathBuf,
}

/// Why the engine has told nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum EngineError {
    /// It answers otherwise than expected, or not at all.
    #[error("the engine at {}: {reason}", socket.display())]
    Unreachable {
        /// Where it should be.
        socket: PathBuf,
        /// What became of it.
        reason: String,
    },
    /// It tells of nothing any more.
    #[error("the engine has ended")]
    Ended,
}

type Result<T> = std::result::Result<T, EngineError>;

/// Something that has happened on the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// There is more to know of a container.
    Container(String),
    /// There is more to know of a network.
    Network(Id),
    /// Something is gone.
    Gone,
}

impl Engine {
    pub(super) const fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// A connection, by the newest version that both sides know.
    pub(super) async fn connect(&self) -> Result<Connection> {
        let path = self.socket.to_string_lossy();
        let client =
            Docker::connect_with_unix(&path, PATIENCE, API_DEFAULT_VERSION).map_err(|e| self.said(&e))?;
        let negotiated = timeout(Duration::from_secs(PATIENCE), client.negotiate_version()).await;
        let client = negotiated.map_err(|e| self.said(&e))?.map_err(|e| self.said(&e))?;
        Ok(Connection { client, engine: self.clone() })
    }

    /// What the engine calls a network; none if it has none of that id.
    pub(super) async fn network_name(&self, network: &Id) -> Result<Option<String>> {
        self.connect().await?.network_name(network).await
    }

    fn said(&self, error: &dyn std::fmt::Display) -> EngineError {
        EngineError::Unreachable { socket: self.socket.clone(), reason: error.to_string() }
    }
}

/// A connection to the engine.
#[derive(Debug)]
pub(super) struct Connection {
    client: Docker,
    engine: Engine,
}

impl Connection {
    pub(super) async fn network_name(&self, network: &Id) -> Result<Option<String>> {
        let inspected = self.client.inspect_network(network.as_str(), None::<InspectNetworkOptions>).await;
        match inspected {
            Ok(network) => Ok(network.name),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.engine.said(&error)),
        }
    }

    /// The networks of our driver with their endpoints, and the subnets of all.
    pub(super) async fn networks(&self, driver: &str) -> Result<ours::Engine> {
        let all =
            self.client.list_networks(None::<ListNetworksOptions>).await.map_err(|e| self.engine.said(&e))?;
        let mut found = ours::Engine::default();
        for network in all {
            let configs = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
            found.subnets.extend(configs.into_iter().filter_map(|c| c.subnet?.parse::<Ipv4Net>().ok()));
            let id = network.id.as_deref().and_then(Id::parse);
            if let Some(id) = id.filter(|_| network.driver.as_deref() == Some(driver))
                && let Some(endpoints) = self.endpoints(&id).await?
            {
                found.networks.insert(id, endpoints);
            }
        }
        Ok(found)
    }

    /// The endpoints of a network; none if it is gone meanwhile.
    async fn endpoints(&self, network: &Id) -> Result<Option<BTreeSet<Id>>> {
        match self.client.inspect_network(network.as_str(), None::<InspectNetworkOptions>).await {
            Ok(network) => {
                let containers = network.containers.unwrap_or_default().into_values();
                Ok(Some(containers.filter_map(|c| Id::parse(&c.endpoint_id?)).collect()))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.engine.said(&error)),
        }
    }

    /// The containers that run.
    pub(super) async fn running(&self) -> Result<Vec<String>> {
        let listed = self.client.list_containers(None::<ListContainersOptions>).await;
        Ok(listed.map_err(|e| self.engine.said(&e))?.into_iter().filter_map(|c| c.id).collect())
    }

    /// Who a container is; none if it is gone.
    pub(super) async fn identity(&self, container: &str) -> Result<Option<Identity>> {
        match self.client.inspect_container(container, None::<InspectContainerOptions>).await {
            Ok(inspected) => Ok(Some(identity(inspected))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.engine.said(&error)),
        }
    }

    /// What happens from now on.
    pub(super) fn events(&self) -> impl Stream<Item = Result<Event>> + use<> {
        let types = HashMap::from([("type".to_owned(), vec!["container".to_owned(), "network".to_owned()])]);
        let options = EventsOptions { filters: Some(types), ..EventsOptions::default() };
        let engine = self.engine.clone();
        self.client.events(Some(options)).filter_map(move |message| {
            let event = match message {
                Ok(message) => event(&message).map(Ok),
                Err(error) => Some(Err(engine.said(&error))),
            };
            std::future::ready(event)
        })
    }
}

fn is_missing(error: &bollard::errors::Error) -> bool {
    matches!(error, bollard::errors::Error::DockerResponseServerError { status_code: 404, .. })
}

/// What a message is to us; none where it is nothing.
fn event(message: &EventMessage) -> Option<Event> {
    let actor = message.actor.as_ref()?;
    let kind = message.typ.as_ref().map(ToString::to_string)?;
    let of = |key: &str| actor.attributes.as_ref().and_then(|all| all.get(key)).cloned();
    match (kind.as_str(), message.action.as_deref()?) {
        ("container", "start" | "rename" | "update") => actor.id.clone().map(Event::Container),
        ("container", "die" | "destroy") | ("network", "disconnect" | "destroy" | "remove") => {
            Some(Event::Gone)
        }
        ("network", "connect") => of("container").map(Event::Container),
        ("network", "create") => actor.id.as_deref().and_then(Id::parse).map(Event::Network),
        _ => None,
    }
}

fn identity(inspected: ContainerInspectResponse) -> Identity {
    let id = inspected.id.as_deref().and_then(Id::parse);
    let config = inspected.config.unwrap_or_default();
    let networks = inspected.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
    let member = |endpoint: bollard::models::EndpointSettings| {
        let id = Id::parse(&endpoint.endpoint_id?)?;
        Some(Member { endpoint: id, aliases: endpoint.aliases.unwrap_or_default() })
    };
    Identity {
        hostname: config.hostname.filter(|name| id.as_ref().is_none_or(|id| id.short() != name)),
        id,
        name: inspected.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        members: networks.into_values().filter_map(member).collect(),
    }
}
