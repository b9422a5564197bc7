//! Calls about networks.

use super::{Client, Result, connection, path};
use crate::api::types::{Changed, Created, NetworkCreate, NetworkInspect, Wait};

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
}
