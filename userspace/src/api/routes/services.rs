//! `/v1/services`

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{BackendInspect, Changed, Created, ServiceCreate, ServiceInspect, ServiceUpdate, Wait},
    },
    daemon::{Daemon, services},
};

pub(super) async fn create(
    State(daemon): State<Arc<Daemon>>,
    Params(wait): Params<Wait>,
    Body(request): Body<ServiceCreate>,
) -> Result<(StatusCode, Json<Created>), Answer> {
    let created = services::create(&daemon, request, wait).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub(super) async fn list(State(daemon): State<Arc<Daemon>>) -> Result<Json<Vec<ServiceInspect>>, Answer> {
    Ok(Json(services::list(&daemon).await?))
}

pub(super) async fn inspect(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<ServiceInspect>, Answer> {
    Ok(Json(services::inspect(&daemon, &name).await?))
}

pub(super) async fn backends(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
) -> Result<Json<Vec<BackendInspect>>, Answer> {
    Ok(Json(services::backends(&daemon, &name).await?))
}

pub(super) async fn update(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
    Body(request): Body<ServiceUpdate>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(services::update(&daemon, &name, request, wait).await?))
}

pub(super) async fn remove(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(services::remove(&daemon, &name, wait).await?))
}
