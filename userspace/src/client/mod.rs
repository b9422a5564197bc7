//! The daemon's API as typed calls, over its unix socket.
//!
//! One connection a call: nothing is shared, so a call that is given up ends its connection and
//! the daemon sees that its caller has gone.

mod attachments;
mod connection;
mod containers;
mod error;
mod host;
mod networks;
mod nodes;
mod path;
mod process;
mod services;

use std::path::PathBuf;

use serde::de::DeserializeOwned;

pub use error::ClientError;
pub use host::{DEFAULT_HOST, HOST_VARIABLE};
pub use process::{Input, Output, ProcessStream};

use crate::api::types::{Status, Version};

/// How every call ends.
pub type Result<T> = std::result::Result<T, ClientError>;

/// A daemon's address. It connects when a call is made, not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// A client of the daemon at `host`, such as [`DEFAULT_HOST`].
    ///
    /// # Errors
    /// [`ClientError::InvalidHost`] where `host` is not `unix://` and an absolute path.
    pub fn new(host: &str) -> Result<Self> {
        host::socket_path(host).map(|socket| Self { socket })
    }

    /// `GET /v1/version`.
    ///
    /// # Errors
    /// As of every call: [`ClientError`].
    pub async fn version(&self) -> Result<Version> {
        self.get("version").await
    }

    /// `GET /v1/status`: the answering node.
    ///
    /// # Errors
    /// As of every call: [`ClientError`].
    pub async fn status(&self) -> Result<Status> {
        self.get("status").await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        connection::call(&self.socket, "GET", path, &()).await
    }
}
