//! `/v1/attachments`

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    api::{
        failure::{Answer, Body, Named, Params},
        types::{Changed, ContainerAttach, Created, Wait},
    },
    daemon::{Daemon, attachments},
};

pub(super) async fn create(
    State(daemon): State<Arc<Daemon>>,
    Params(wait): Params<Wait>,
    Body(request): Body<ContainerAttach>,
) -> Result<(StatusCode, Json<Created>), Answer> {
    let created = attachments::attach(&daemon, request, wait).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub(super) async fn remove(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(wait): Params<Wait>,
) -> Result<Json<Changed>, Answer> {
    Ok(Json(attachments::detach(&daemon, &name, wait).await?))
}
