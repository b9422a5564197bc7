//! Follows the engine: what it tells of containers and networks is written down as soon as it is known, and what it
//! knows of no more is taken away.

use std::{path::Path, pin::pin, sync::Arc, time::Duration};

use futures::StreamExt;
use tokio::time::{Instant, sleep, sleep_until};

use super::engine::{Connection, Engine, EngineError, Event};
use crate::{
    daemon::{Daemon, DockerConfig, docker},
    model::Id,
};

/// Pause before an engine is looked for again that is not there.
const RETRY: Duration = Duration::from_millis(500);
/// How often what it has is compared with what we have, though it has told of nothing.
const LOOK: Duration = Duration::from_secs(10);
/// Likewise, after it has told that something is gone: it tells us by a call, too, which comes first.
const SOON: Duration = Duration::from_secs(1);

/// Follows the engine until the task is dropped, through as many starts as it makes.
pub async fn follow(daemon: Arc<Daemon>, config: DockerConfig) {
    let engine = Engine::at(config.engine.clone());
    let driver = driver(&config.plugin);
    let mut follower = Follower { daemon, driver, suspects: docker::Suspects::default(), hindrance: None };
    loop {
        let ended = match engine.connect().await {
            Ok(connection) => follower.hold(Arc::new(connection)).await,
            Err(error) => error,
        };
        follower.hindered(&ended);
        sleep(RETRY).await;
    }
}

/// The engine calls a driver by its socket's name.
fn driver(plugin: &Path) -> String {
    plugin.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

struct Follower {
    daemon: Arc<Daemon>,
    driver: String,
    suspects: docker::Suspects,
    /// Why the engine is not followed; said once.
    hindrance: Option<String>,
}

impl Follower {
    /// Follows one connection to its end.
    async fn hold(&mut self, connection: Arc<Connection>) -> EngineError {
        // Listened to before it is looked around: what happens in between is heard.
        let mut events = pin!(connection.events().fuse());
        if let Err(error) = self.look_around(&connection).await {
            return error;
        }
        tracing::info!("Docker's engine is followed");
        self.hindrance = None;
        let mut next = Instant::now() + LOOK;
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(Event::Gone)) => next = next.min(Instant::now() + SOON),
                    Some(Ok(event)) => self.heard(&connection, event),
                    Some(Err(error)) => return error,
                    None => return EngineError::Ended,
                },
                () = sleep_until(next) => {
                    if let Err(error) = self.sweep(&connection).await {
                        return error;
                    }
                    next = Instant::now() + LOOK;
                }
            }
        }
    }

    fn hindered(&mut self, error: &EngineError) {
        let why = error.to_string();
        if self.hindrance.as_ref() != Some(&why) {
            tracing::warn!(
                reason = why,
                "Docker's engine is not followed: names of its containers are not learned"
            );
            self.hindrance = Some(why);
        }
    }

    /// All that may have happened while nobody listened.
    async fn look_around(&mut self, connection: &Arc<Connection>) -> Result<(), EngineError> {
        for network in docker::unnamed(&self.daemon) {
            name(&self.daemon, connection, &network).await;
        }
        for container in connection.running().await? {
            identify(&self.daemon, connection, &container).await;
        }
        self.sweep(connection).await
    }

    async fn sweep(&mut self, connection: &Connection) -> Result<(), EngineError> {
        let engine = connection.networks(&self.driver).await?;
        docker::sweep(&self.daemon, &engine, &mut self.suspects).await;
        Ok(())
    }

    /// Aside: the engine describes a container only once it has started it.
    fn heard(&self, connection: &Arc<Connection>, event: Event) {
        let (daemon, connection) = (Arc::clone(&self.daemon), Arc::clone(connection));
        tokio::spawn(async move {
            match event {
                Event::Container(container) => identify(&daemon, &connection, &container).await,
                Event::Network(network) => name(&daemon, &connection, &network).await,
                Event::Gone => {}
            }
        });
    }
}

async fn name(daemon: &Arc<Daemon>, connection: &Connection, network: &Id) {
    if docker::naming(daemon, network) == docker::Naming::Unbound {
        return;
    }
    match connection.network_name(network).await {
        Ok(Some(name)) => {
            if let Err(error) = docker::name_network(daemon, network, &name).await {
                tracing::warn!(name, docker = network.short(), %error, "a network of Docker's cannot be used");
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(docker = network.short(), %error, "what Docker calls a network is not known");
        }
    }
}

async fn identify(daemon: &Arc<Daemon>, connection: &Connection, container: &str) {
    let identity = match connection.identity(container).await {
        Ok(Some(identity)) if !identity.members.is_empty() => identity,
        Ok(_) => return,
        Err(error) => return tracing::warn!(container, %error, "who a container is, is not known"),
    };
    match docker::identify(daemon, identity).await {
        Ok(Some(known)) => tracing::debug!(container = known.name, "known"),
        Ok(None) => {}
        Err(error) => tracing::warn!(container, %error, "who a container is, is not written down"),
    }
}
