//! Calls about nodes.

use super::{Client, Result, path};
use crate::api::types::NodeInspect;

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
}
