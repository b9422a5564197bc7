//! `/v1/nodes`

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    api::{
        failure::{Answer, Named},
        types::NodeInspect,
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
