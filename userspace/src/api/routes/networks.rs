//! `/v1/networks`

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{
            Changed, Created, NetworkConnect, NetworkCreate, NetworkDisconnect, NetworkInspect, NetworkPrune,
            Pruned, Wait,
        },
    },
    daemon::{Daemon, connections, networks},
};

pub(super) async fn create(
    State(daemon): State<Arc<Daemon>>,
    Params(wait): Params<Wait>,
    Body(request): Body<NetworkCreate>,
) -> Result<(StatusCode, Json<Created>), Answer> {
    let created = networks::create(&daemon, request, wait).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub(super) async fn list(State(daemon): State<Arc<Daemon>>) -> Json<Vec<NetworkInspect>> {
    Json(networks::list(&daemon))
}

pub(super) async fn inspect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<NetworkInspect>, Answer> {
    Ok(Json(networks::inspect(&daemon, &name).await?))
}

pub(super) async fn remove(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(networks::remove(&daemon, &name, wait).await?))
}

pub(super) async fn prune(
    State(daemon): State<Arc<Daemon>>,
    Params(wait): Params<Wait>,
    Body(request): Body<NetworkPrune>,
) -> Result<Json<Pruned>, Answer> {
    Ok(Json(networks::prune(&daemon, request, wait).await?))
}

pub(super) async fn connect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
    Body(request): Body<NetworkConnect>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(connections::connect(&daemon, &name, request, wait).await?))
}

pub(super) async fn disconnect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
    Body(request): Body<NetworkDisconnect>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(connections::disconnect(&daemon, &name, request, wait).await?))
}
