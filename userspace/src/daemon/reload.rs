//! The configuration read again at SIGHUP (`systemctl reload`).

use std::{io, sync::Arc};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    Config, ConfigError, Daemon, notify,
    tuning::{self, Tuning},
};

/// Catches SIGHUP from now on: before that it would end the daemon.
///
/// # Errors
/// Where signals cannot be caught.
pub(super) fn catch() -> io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Reads the configuration again each time that somebody asks for it, until the task is dropped. One that cannot
/// be used changes nothing.
pub(super) async fn follow(
    daemon: Arc<Daemon>,
    mut asked: Signal,
    reread: impl Fn() -> Result<Config, ConfigError> + Send + 'static,
) {
    while asked.recv().await.is_some() {
        notify::reloading();
        match reread() {
            Ok(config) => take(&daemon, &config),
            Err(error) => tracing::error!(%error, "the configuration stays as it was"),
        }
        notify::ready();
    }
}

fn take(daemon: &Daemon, new: &Config) {
    let waiting = tuning::waiting(&daemon.config, new).join(", ");
    if !waiting.is_empty() {
        tracing::warn!(keys = waiting, "these have changed and hold from the daemon's next start on");
    }
    let tuning = Tuning::from(new);
    let changes = daemon.tuning.send_replace(tuning) != tuning;
    tracing::info!(changes, "the configuration was read again");
}
