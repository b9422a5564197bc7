//! `/v1/containers`

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{
            Changed, ContainerCreate, ContainerInspect, Created, Exit, Kill, Removal, Stop, Wait, Which,
        },
    },
    daemon::{Daemon, containers},
};

pub(super) async fn create(
    State(daemon): State<Arc<Daemon>>,
    Params(wait): Params<Wait>,
    Body(request): Body<ContainerCreate>,
) -> Result<(StatusCode, Json<Created>), Answer> {
    let created = containers::create(&daemon, request, wait).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub(super) async fn list(
    State(daemon): State<Arc<Daemon>>,
    Params(which): Params<Which>,
) -> Result<Json<Vec<ContainerInspect>>, Answer> {
    Ok(Json(containers::list(&daemon, which.all)))
}

pub(super) async fn inspect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<ContainerInspect>, Answer> {
    Ok(Json(containers::inspect(&daemon, &name).await?))
}

pub(super) async fn remove(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(removal): Params<Removal>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(containers::remove(&daemon, &name, removal.force, removal.wait()).await?))
}

pub(super) async fn start(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(containers::start(&daemon, &name, wait).await?))
}

pub(super) async fn stop(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(stop): Params<Stop>,
) -> Result<Json<Changed>, Answer> {
    let grace = std::time::Duration::from_secs(stop.t);
    Ok(Json(containers::stop(&daemon, &name, grace, stop.wait()).await?))
}

pub(super) async fn kill(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(kill): Params<Kill>,
) -> Result<Json<Changed>, Answer> {
    containers::kill(&daemon, &name, kill.signal).await?;
    Ok(Json(Changed::default()))
}

pub(super) async fn wait(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<Exit>, Answer> {
    Ok(Json(containers::wait(&daemon, &name).await?))
}
