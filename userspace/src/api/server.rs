//! The socket: made, served, and removed.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tokio::net::UnixListener;

use super::{peer, routes};
use crate::daemon::Daemon;

/// The longest request body, bytes: a container's environment may be long, nothing else is.
const MAX_BODY: usize = 1 << 20;
/// How long requests that still run may go on once the daemon ends.
const GRACE: Duration = Duration::from_secs(1);

/// The socket, listening; its file goes away when this is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: Option<UnixListener>,
    path: PathBuf,
}

impl Socket {
    /// Listens at `run_dir/causeway.sock`: mode 0660, of root and the group `causeway` where there is one.
    ///
    /// The caller holds the directory's lock, so a file that is there was left by a daemon that died.
    ///
    /// # Errors
    /// Where the socket cannot be made; the line names it.
    pub fn open(run_dir: &Path) -> io::Result<Self> {
        let path = run_dir.join("causeway.sock");
        listen(&path)
            .map(|listener| Self { listener: Some(listener), path: path.clone() })
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Answers requests until `stop` resolves, and then lets those that run end for a short while.
    ///
    /// # Errors
    /// Where the socket fails.
    pub async fn serve(
        mut self,
        daemon: Arc<Daemon>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Some(listener) = self.listener.take() else { return Ok(()) };
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            let _ = stopping.send(());
        };
        let service = router(daemon).into_make_service_with_connect_info::<peer::Peer>();
        let server = axum::serve(listener, service).with_graceful_shutdown(stop);
        let grace = async {
            let _ = stopped.await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = server => result,
            () = grace => Ok(()),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the socket was not removed");
        }
    }
}

/// The mode is set before the name is there: nobody can connect in between.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let beside = path.with_extension("new");
    for old in [path, &beside] {
        match fs::remove_file(old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let listener = UnixListener::bind(&beside)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o660))?;
    chown(&beside, Some(0), Some(peer::group().map_or(0, nix::unistd::Gid::as_raw)))?;
    fs::rename(&beside, path)?;
    Ok(listener)
}

fn router(daemon: Arc<Daemon>) -> Router {
    routes::router()
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(peer::group(), peer::admit))
        .with_state(daemon)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn the_socket_is_for_root_and_the_group_and_goes_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("causeway.sock");
        fs::write(&path, "left behind").unwrap();
        let socket = Socket::open(dir.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        drop(socket);
        assert!(!path.exists());
    }
}
