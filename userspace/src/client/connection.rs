//! One HTTP exchange over the socket.

use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, de::DeserializeOwned};
use tokio::net::UnixStream;

use super::{ClientError, Result};
use crate::api::{stream, types::Failure};

/// Most of an unexpected body that an error repeats, characters.
const QUOTED: usize = 200;

/// Sends `body` (nothing where it is `()`) and reads the answer.
pub(super) async fn call<B: Serialize, T: DeserializeOwned>(
    socket: &Path,
    method: &str,
    path: &str,
    body: &B,
) -> Result<T> {
    let response = send(socket, request(method, path, body)?).await?;
    let bytes = response.into_body().collect().await?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|e| ClientError::Unreadable(e.to_string()))
}

/// Sends a request without a body and hands back the body that answers it.
pub(super) async fn open(socket: &Path, method: &str, path: &str) -> Result<Incoming> {
    Ok(send(socket, request(method, path, &())?).await?.into_body())
}

/// Sends a request that turns the connection into a stream of frames.
pub(super) async fn upgrade(socket: &Path, path: &str) -> Result<TokioIo<hyper::upgrade::Upgraded>> {
    let mut request = request("POST", path, &())?;
    request.headers_mut().insert(CONNECTION, hyper::header::HeaderValue::from_static("upgrade"));
    request.headers_mut().insert(UPGRADE, hyper::header::HeaderValue::from_static(stream::UPGRADE));
    let response = send(socket, request).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(ClientError::Unreadable(format!("status {} where 101 was due", response.status())));
    }
    Ok(TokioIo::new(hyper::upgrade::on(response).await?))
}

fn request<B: Serialize>(method: &str, path: &str, body: &B) -> Result<Request<Full<Bytes>>> {
    let json = serde_json::to_vec(body).map_err(|e| ClientError::Unreadable(e.to_string()))?;
    let body = if json == b"null" { Bytes::new() } else { json.into() };
    Request::builder()
        .method(method)
        .uri(format!("/v1/{path}"))
        .header(HOST, "causeway")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(|e| ClientError::Unreadable(e.to_string()))
}

/// The answer to `request`; a refusal is an error.
async fn send(socket: &Path, request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
    let stream = UnixStream::connect(socket).await;
    let stream = stream.map_err(|e| ClientError::connecting(socket.to_owned(), e))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends by itself when the exchange, or the stream that it becomes, is over or dropped.
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request).await?;
    if response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response);
    }
    Err(refusal(response).await)
}

async fn refusal(response: Response<Incoming>) -> ClientError {
    let status = response.status();
    match response.into_body().collect().await {
        Ok(body) => refused(status, &body.to_bytes()),
        Err(e) => e.into(),
    }
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    serde_json::from_slice::<Failure>(body).map_or_else(
        |_| {
            let text: String = String::from_utf8_lossy(body).chars().take(QUOTED).collect();
            ClientError::Unreadable(format!("status {status}: {text}"))
        },
        ClientError::Refused,
    )
}
