//! What can be asked of the daemon: one file a noun.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /v1/version` | | `Version` |
//! | `GET /v1/status` | | `Status` |
//! | `POST /v1/networks?timeout=30` | `NetworkCreate` | 201 `Created` |
//! | `GET /v1/networks` | | array of `NetworkInspect` |
//! | `GET /v1/networks/{name}` | | `NetworkInspect` |
//! | `DELETE /v1/networks/{name}?timeout=30` | | `Changed` |
//! | `POST /v1/networks/prune?timeout=30` | `NetworkPrune` | `Pruned` |
//! | `POST /v1/networks/{name}/connect?timeout=30` | `NetworkConnect` | `Changed` |
//! | `POST /v1/networks/{name}/disconnect?timeout=30` | `NetworkDisconnect` | `Changed` |
//! | `POST /v1/containers?timeout=30` | `ContainerCreate` | 201 `Created` |
//! | `GET /v1/containers?all=false` | | array of `ContainerInspect`, this node's |
//! | `GET /v1/containers/{name}` | | `ContainerInspect` |
//! | `DELETE /v1/containers/{name}?force=false&timeout=30` | | `Changed` |
//! | `POST /v1/containers/{name}/start?timeout=30` | | `Changed`; a refusal's `exit_code` is 126 or 127 where the command is to blame |
//! | `POST /v1/containers/{name}/stop?t=10&timeout=30` | | `Changed` |
//! | `POST /v1/containers/{name}/kill?signal=15` | | `Changed` |
//! | `POST /v1/containers/{name}/wait` | | `Exit`, once its process has ended |
//! | `GET /v1/containers/{name}/logs?follow=false` | | 200, frames; with `follow` until the end, an exit frame last |
//! | `POST /v1/containers/{name}/exec` | HTTP upgrade `causeway-stream` | 101, then frames; the client's first is a head: `ContainerExec` |
//! | `POST /v1/attachments?timeout=30` | `ContainerAttach` | 201 `Created` |
//! | `DELETE /v1/attachments/{name}?timeout=30` | | `Changed` |
//! | `POST /v1/services?timeout=30` | `ServiceCreate` | 201 `Created` |
//! | `GET /v1/services` | | array of `ServiceInspect` |
//! | `GET /v1/services/{name}` | | `ServiceInspect` |
//! | `GET /v1/services/{name}/backends` | | array of `BackendInspect` |
//! | `POST /v1/services/{name}/update?timeout=30` | `ServiceUpdate` | `Changed` |
//! | `DELETE /v1/services/{name}?timeout=30` | | `Changed` |
//! | `GET /v1/nodes` | | array of `NodeInspect` |
//! | `GET /v1/nodes/{name}` | | `NodeInspect` |
//! | `POST /v1/nodes/{name}/update?timeout=30` | `NodeUpdate` | `Changed` |
//! | `DELETE /v1/nodes/{name}?force=false&timeout=30` | | `Changed` |
//!
//! `{name}` is a name, an id, or a prefix of one id only. Whatever is no success has a
//! [`Failure`](super::types::Failure) as its body: 400 a bad request, 403 not allowed, 404 unknown,
//! 405 not that verb, 409 in the way of something else, 413 too long, 503 the store does not answer,
//! 500 the daemon's own fault. `exec` answers with a refusal as long as it has not switched
//! protocols; after that, what keeps the command from running is a head frame with a `Failure`.

mod attachments;
mod containers;
mod daemon;
mod networks;
mod nodes;
mod services;
mod streams;

use std::sync::Arc;

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    routing::{delete, get, post},
};

use super::failure::Answer;
use crate::daemon::Daemon;

/// Everything that can be asked.
pub(super) fn router() -> Router<Arc<Daemon>> {
    Router::new()
        .route("/v1/version", get(daemon::version))
        .route("/v1/status", get(daemon::status))
        .route("/v1/networks", get(networks::list).post(networks::create))
        .route("/v1/networks/prune", post(networks::prune))
        .route("/v1/networks/{name}/connect", post(networks::connect))
        .route("/v1/networks/{name}/disconnect", post(networks::disconnect))
        .route("/v1/networks/{name}", get(networks::inspect).delete(networks::remove))
        .route("/v1/containers", get(containers::list).post(containers::create))
        .route("/v1/containers/{name}", get(containers::inspect).delete(containers::remove))
        .route("/v1/containers/{name}/start", post(containers::start))
        .route("/v1/containers/{name}/stop", post(containers::stop))
        .route("/v1/containers/{name}/kill", post(containers::kill))
        .route("/v1/containers/{name}/wait", post(containers::wait))
        .route("/v1/containers/{name}/logs", get(streams::logs))
        .route("/v1/containers/{name}/exec", post(streams::exec))
        .route("/v1/attachments", post(attachments::create))
        .route("/v1/attachments/{name}", delete(attachments::remove))
        .route("/v1/services", get(services::list).post(services::create))
        .route("/v1/services/{name}", get(services::inspect).delete(services::remove))
        .route("/v1/services/{name}/backends", get(services::backends))
        .route("/v1/services/{name}/update", post(services::update))
        .route("/v1/nodes", get(nodes::list))
        .route("/v1/nodes/{name}", get(nodes::inspect).delete(nodes::remove))
        .route("/v1/nodes/{name}/update", post(nodes::update))
        .fallback(unknown)
        .method_not_allowed_fallback(not_that_verb)
}

async fn unknown(uri: Uri) -> Answer {
    let message = format!("causewayd knows no {}; is the command of the same version?", uri.path());
    Answer::new(StatusCode::NOT_FOUND, message)
}

async fn not_that_verb(method: Method, uri: Uri) -> Answer {
    Answer::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} cannot be asked of {}", uri.path()))
}
