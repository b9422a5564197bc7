//! Telling the service manager that the daemon is ready (sd_notify(3)).

use sd_notify::NotifyState;

/// Says that requests are answered from now on; nothing where nobody asked (no `NOTIFY_SOCKET`).
pub(super) fn ready() {
    if let Err(error) = sd_notify::notify(false, &[NotifyState::Ready]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// Says that the daemon ends.
pub(super) fn stopping() {
    if let Err(error) = sd_notify::notify(false, &[NotifyState::Stopping]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
