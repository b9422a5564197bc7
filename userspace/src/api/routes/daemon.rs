//! `/v1/version` and `/v1/status`

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    api::{
        failure::Answer,
        types::{Status, Version},
    },
    daemon::{Daemon, status},
};

pub(super) async fn version() -> Json<Version> {
    Json(status::version())
}

pub(super) async fn status(State(daemon): State<Arc<Daemon>>) -> Result<Json<Status>, Answer> {
    Ok(Json(status::status(&daemon).await?))
}
