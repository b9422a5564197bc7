//! Calls about networks.

use super::{Client, Result, connection, path};
use crate::api::types::{
    Changed, Created, NetworkConnect, NetworkCreate, NetworkDisconnect, NetworkInspect, NetworkPrune, Pruned,
    Wait,
};

impl Client {
    /// Creates a network.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn create_network(&self, request: &NetworkCreate, wait: Wait) -> Result<Created> {
        let path = format!("networks?timeout={}", wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// All networks.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn networks(&self) -> Result<Vec<NetworkInspect>> {
        self.get("networks").await
    }

    /// One network, by name, id or unique prefix of its id.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn network(&self, name: &str) -> Result<NetworkInspect> {
        self.get(&path::of("networks", name)).await
    }

    /// Removes a network.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn remove_network(&self, name: &str, wait: Wait) -> Result<Changed> {
        let path = format!("{}?timeout={}", path::of("networks", name), wait.timeout);
        connection::call(&self.socket, "DELETE", &path, &()).await
    }

    /// Connects a container to a network.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn connect_network(&self, name: &str, request: &NetworkConnect, wait: Wait) -> Result<Changed> {
        let path = format!("{}/connect?timeout={}", path::of("networks", name), wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// Disconnects a container from a network.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn disconnect_network(
        &self,
        name: &str,
        request: &NetworkDisconnect,
        wait: Wait,
    ) -> Result<Changed> {
        let path = format!("{}/disconnect?timeout={}", path::of("networks", name), wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// Removes all networks that no container is attached to.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn prune_networks(&self, request: &NetworkPrune, wait: Wait) -> Result<Pruned> {
        connection::call(&self.socket, "POST", &format!("networks/prune?timeout={}", wait.timeout), request)
            .await
    }
}
