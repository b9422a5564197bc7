//! Calls about services.

use super::{Client, Result, connection, path};
use crate::api::types::{
    BackendInspect, Changed, Created, ServiceCreate, ServiceInspect, ServiceUpdate, Wait,
};

impl Client {
    /// Creates a service.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn create_service(&self, request: &ServiceCreate, wait: Wait) -> Result<Created> {
        let path = format!("services?timeout={}", wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// All services.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn services(&self) -> Result<Vec<ServiceInspect>> {
        self.get("services").await
    }

    /// One service, by name, id or unique prefix of its id.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn service(&self, name: &str) -> Result<ServiceInspect> {
        self.get(&path::of("services", name)).await
    }

    /// Its backends, on all nodes.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn backends(&self, name: &str) -> Result<Vec<BackendInspect>> {
        self.get(&format!("{}/backends", path::of("services", name))).await
    }

    /// Changes a service.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn update_service(&self, name: &str, request: &ServiceUpdate, wait: Wait) -> Result<Changed> {
        let path = format!("{}/update?timeout={}", path::of("services", name), wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// Removes a service; its containers stay.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn remove_service(&self, name: &str, wait: Wait) -> Result<Changed> {
        let path = format!("{}?timeout={}", path::of("services", name), wait.timeout);
        connection::call(&self.socket, "DELETE", &path, &()).await
    }
}
