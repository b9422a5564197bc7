//! The plugin's socket: made, served, removed.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Path as Named, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::UnixListener, time::timeout};

use super::{caller::Caller, engine::Engine, ipam_driver, messages::Failure, network_driver};
use crate::daemon::Daemon;

/// The longest request, bytes: 65,535 published ports are about 6 MiB.
const MAX_BODY: usize = 32 << 20;
/// How long a call may take: the engine waits for ever.
const PATIENCE: Duration = Duration::from_secs(25);
/// The kind of the protocol's messages.
const KIND: &str = "application/vnd.docker.plugins.v1.2+json";

/// The socket, listening; its file goes away when this is dropped.
#[derive(Debug)]
pub struct Plugin {
    listener: Option<UnixListener>,
    path: PathBuf,
}

/// What calls share.
#[derive(Clone)]
struct Shared {
    daemon: Arc<Daemon>,
    engine: Engine,
}

impl Plugin {
    /// Listens at `path`, for root alone. A file that is there was left by a daemon that died.
    ///
    /// # Errors
    /// Where the socket cannot be made; the line names it.
    pub fn open(path: &Path) -> io::Result<Self> {
        listen(path)
            .map(|listener| Self { listener: Some(listener), path: path.to_owned() })
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Answers the engine until the task is dropped.
    pub async fn serve(mut self, daemon: Arc<Daemon>, engine: PathBuf) {
        let Some(listener) = self.listener.take() else { return };
        tracing::info!(socket = %self.path.display(), "Docker is served");
        let service = router(daemon, Engine::at(engine)).into_make_service_with_connect_info::<Caller>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "Docker is served no more");
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the plugin's socket was not removed");
        }
    }
}

/// The name comes when all is ready: nobody connects in between.
fn listen(path: &Path) -> io::Result<UnixListener> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&beside)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&beside, path)?;
    Ok(listener)
}

fn router(daemon: Arc<Daemon>, engine: Engine) -> Router {
    Router::new()
        .route("/Plugin.Activate", post(activate))
        .route("/{method}", post(call))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Shared { daemon, engine })
}

async fn activate() -> Response {
    said(StatusCode::OK, &json!({ "Implements": ["NetworkDriver", "IpamDriver"] }))
}

async fn call(
    State(shared): State<Shared>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Named(method): Named<String>,
    body: Bytes,
) -> Response {
    let Shared { daemon, engine } = &shared;
    // Each kind of driver has its own word for what went wrong.
    let (answer, word) = match method.split_once('.') {
        Some(("NetworkDriver", verb)) => {
            (timeout(PATIENCE, network_driver::call(daemon, (engine, caller), verb, &body)).await, "Err")
        }
        Some(("IpamDriver", verb)) => {
            (timeout(PATIENCE, ipam_driver::call(daemon, verb, &body)).await, "Error")
        }
        _ => (Ok(Err(Failure::Unknown)), "Err"),
    };
    match answer.unwrap_or(Err(Failure::Late)) {
        Ok(value) => {
            tracing::debug!(method, "Docker was answered");
            said(StatusCode::OK, &value)
        }
        Err(failure) => {
            let status = if failure.is_unknown() { StatusCode::NOT_FOUND } else { StatusCode::OK };
            let line = failure.to_string().replace('\n', "; ");
            tracing::info!(method, line, "Docker was refused");
            said(status, &json!({ word: line }))
        }
    }
}

fn said(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, KIND)], value.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn the_socket_is_roots_and_goes_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plugins/causeway.sock");
        fs::create_dir(dir.path().join("plugins")).unwrap();
        fs::write(&path, "left behind").unwrap();
        let plugin = Plugin::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(plugin);
        assert!(!path.exists());
    }
}
