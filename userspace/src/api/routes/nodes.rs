//! `/v1/nodes`

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{Changed, NodeInspect, NodeUpdate, Removal, Wait},
    },
    daemon::{Daemon, nodes},
};

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
    Ok(Json(nodes::remove(&daemon, &name, removal.force, removal.wait()).await?))
}
