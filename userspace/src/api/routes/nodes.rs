//! `/v1/nodes`

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{Changed, NodeInspect, NodeUpdate, Wait},
    },
    daemon::{Daemon, nodes},
};

/// Query of a removal.
#[derive(Debug, Deserialize)]
pub(super) struct Removal {
    #[serde(default)]
    force: bool,
    timeout: Option<u64>,
}

pub(super) async fn list(State(daemon): State<Arc<Daemon>>) -> Json<Vec<NodeInspect>> {
    Json(nodes::list(&daemon))
}

pub(super) async fn inspect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<NodeInspect>, Answer> {
    Ok(Json(nodes::inspect(&daemon, &name)?))
}

pub(super) async fn update(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
    Body(request): Body<NodeUpdate>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(nodes::update(&daemon, &name, request, wait).await?))
}

pub(super) async fn remove(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(removal): Params<Removal>,
) -> Result<Json<Changed>, Answer> {
    let wait = removal.timeout.map_or_else(Wait::default, |timeout| Wait { timeout });
    Ok(Json(nodes::remove(&daemon, &name, removal.force, wait).await?))
}
