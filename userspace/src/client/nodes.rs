//! Calls about nodes.

use super::{Client, Result, connection, path};
use crate::api::types::{Changed, NodeInspect, NodeUpdate, Wait};

impl Client {
    /// All nodes.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn nodes(&self) -> Result<Vec<NodeInspect>> {
        self.get("nodes").await
    }

    /// One node, by name, id or unique prefix of its id.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn node(&self, name: &str) -> Result<NodeInspect> {
        self.get(&path::of("nodes", name)).await
    }

    /// Drains a node, or takes it back.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn update_node(&self, name: &str, request: &NodeUpdate, wait: Wait) -> Result<Changed> {
        let path = format!("{}/update?timeout={}", path::of("nodes", name), wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// Removes a node that is down; with `force` also one that has containers.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn remove_node(&self, name: &str, force: bool, wait: Wait) -> Result<Changed> {
        let path = format!("{}?force={force}&timeout={}", path::of("nodes", name), wait.timeout);
        connection::call(&self.socket, "DELETE", &path, &()).await
    }
}
