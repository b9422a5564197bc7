//! Calls about namespaces that somebody else made.

use super::{Client, Result, connection, path};
use crate::api::types::{Changed, ContainerAttach, Created, Wait};

impl Client {
    /// Attaches an existing namespace.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn attach(&self, request: &ContainerAttach, wait: Wait) -> Result<Created> {
        let path = format!("attachments?timeout={}", wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// Detaches it; the namespace itself stays.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn detach(&self, name: &str, wait: Wait) -> Result<Changed> {
        let path = format!("{}?timeout={}", path::of("attachments", name), wait.timeout);
        connection::call(&self.socket, "DELETE", &path, &()).await
    }
}
