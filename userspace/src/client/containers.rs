//! Calls about containers.

use futures::TryStreamExt;
use http_body_util::BodyExt;
use tokio_util::io::StreamReader;

use super::{Client, Input, ProcessStream, Result, connection, path};
use crate::api::{
    stream::Frame,
    types::{Changed, ContainerCreate, ContainerExec, ContainerInspect, Created, Wait},
};

impl Client {
    /// Creates a container; [`Client::start_container`] starts its process.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn create_container(&self, request: &ContainerCreate, wait: Wait) -> Result<Created> {
        let path = format!("containers?timeout={}", wait.timeout);
        connection::call(&self.socket, "POST", &path, request).await
    }

    /// The answering node's containers; with `all` those too whose process has ended.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn containers(&self, all: bool) -> Result<Vec<ContainerInspect>> {
        self.get(&format!("containers?all={all}")).await
    }

    /// One container, by name, id or unique prefix of its id.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn container(&self, name: &str) -> Result<ContainerInspect> {
        self.get(&path::of("containers", name)).await
    }

    /// Starts its process.
    ///
    /// # Errors
    /// As of every call; [`super::ClientError::exit_code`] is 126 or 127 where the command is to blame.
    pub async fn start_container(&self, name: &str, wait: Wait) -> Result<Changed> {
        self.post(&format!("{}/start?timeout={}", path::of("containers", name), wait.timeout)).await
    }

    /// Stops it: TERM, then after `seconds` KILL to all that it forked.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn stop_container(&self, name: &str, seconds: u32, wait: Wait) -> Result<Changed> {
        let path = path::of("containers", name);
        self.post(&format!("{path}/stop?t={seconds}&timeout={}", wait.timeout)).await
    }

    /// Sends its process a signal, by number.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn signal_container(&self, name: &str, signal: i32) -> Result<Changed> {
        self.post(&format!("{}/kill?signal={signal}", path::of("containers", name))).await
    }

    /// Removes it; with `force` also while its process runs.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn remove_container(&self, name: &str, force: bool, wait: Wait) -> Result<Changed> {
        let path = path::of("containers", name);
        let path = format!("{path}?force={force}&timeout={}", wait.timeout);
        connection::call(&self.socket, "DELETE", &path, &()).await
    }

    /// What its process has written; with `follow` until it ends, and how.
    ///
    /// # Errors
    /// As of every call: [`super::ClientError`].
    pub async fn logs(&self, name: &str, follow: bool) -> Result<ProcessStream> {
        let path = format!("{}/logs?follow={follow}", path::of("containers", name));
        let body = connection::open(&self.socket, "GET", &path).await?;
        let bytes = body.into_data_stream().map_err(std::io::Error::other);
        Ok(ProcessStream::new(StreamReader::new(bytes)))
    }

    /// Runs a command in it. What the stream holds is the command's; what goes in is [`Input`]'s.
    ///
    /// # Errors
    /// As of every call; that the command cannot be executed is the stream's first word.
    pub async fn exec(&self, name: &str, request: &ContainerExec) -> Result<(ProcessStream, Input)> {
        let path = format!("{}/exec", path::of("containers", name));
        let (reader, writer) = tokio::io::split(connection::upgrade(&self.socket, &path).await?);
        let mut input = Input::new(writer);
        let head = Frame::head(request).map_err(|e| super::ClientError::Unreadable(e.to_string()))?;
        input.send(&head).await?;
        Ok((ProcessStream::new(reader), input))
    }

    async fn post(&self, path: &str) -> Result<Changed> {
        connection::call(&self.socket, "POST", path, &()).await
    }
}
