//! `/v1/containers/{name}/logs` and `…/exec`: frames.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use crate::{
    api::{
        failure::{Answer, Named, Params},
        stream,
        types::Follow,
    },
    daemon::{Daemon, containers},
};

pub(super) async fn logs(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    Params(Follow { follow }): Params<Follow>,
) -> Result<Response, Answer> {
    let frames = containers::logs(&daemon, &name, follow).await?;
    let bytes = frames.map(|frame| frame.map(|f| f.encode()));
    Ok(Body::from_stream(bytes).into_response())
}

pub(super) async fn exec(
    State(daemon): State<Arc<Daemon>>,
    Named(name): Named,
    mut request: Request,
) -> Result<Response, Answer> {
    if !asks_for_stream(request.headers()) {
        return Err(Answer::bad_request(format!("exec needs the header 'Upgrade: {}'", stream::UPGRADE)));
    }
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let Some(upgrade) = upgrade else {
        return Err(Answer::bad_request("exec needs a connection that can be upgraded (HTTP/1.1)"));
    };
    let session = containers::exec(&daemon, &name).await?;
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => session.run(TokioIo::new(connection)).await,
            Err(error) => tracing::debug!(%error, "the connection was not upgraded"),
        }
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, stream::UPGRADE)];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

fn asks_for_stream(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value == stream::UPGRADE)
}
