//! One container's resolver: what its sockets' tasks share.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    Counters, DnsPorts, Transport, Verdict,
    forward::{DockersResolver, Forwarder, Road},
    limits::{CONNECTIONS, FORWARDS_OF_A_CONTAINER},
    names::Client,
    receive::receive,
};
use crate::runtime::Netns;

/// One container's resolver.
#[derive(Debug)]
pub(super) struct Resolver {
    client: RwLock<Arc<Client>>,
    pub(super) road: Road,
    /// Its own ports in the namespace.
    pub(super) ports: DnsPorts,
    /// Docker's resolver in the same namespace.
    pub(super) docker: DockersResolver,
    pub(super) forwarder: Arc<Forwarder>,
    pub(super) counters: Arc<Counters>,
    /// Queries of this container that may be forwarded at once.
    pub(super) forwards: Semaphore,
    /// TCP connections that it may have.
    pub(super) connections: Arc<Semaphore>,
    /// Its end.
    pub(super) stopped: CancellationToken,
}

impl Resolver {
    pub(super) fn new(
        client: Arc<Client>,
        netns: Netns,
        ports: DnsPorts,
        forwarder: Arc<Forwarder>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            client: RwLock::new(client),
            road: Road::Container(Arc::new(netns)),
            ports,
            docker: DockersResolver::default(),
            forwarder,
            counters,
            forwards: Semaphore::new(FORWARDS_OF_A_CONTAINER),
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            stopped: CancellationToken::new(),
        }
    }

    /// What its container may ask from now on.
    pub(super) fn update(&self, client: Arc<Client>) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// What its container may ask.
    pub(super) fn client(&self) -> Arc<Client> {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What bytes of its container deserve.
    pub(super) fn receive(&self, bytes: &[u8], transport: Transport) -> Verdict {
        receive(&self.client(), bytes, transport, &self.counters, &mut rand::rng())
    }
}
