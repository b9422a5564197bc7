//! Telling the service manager how the daemon is (sd_notify(3)); nothing where nobody asked (no `NOTIFY_SOCKET`).

use std::{env, process, sync::Arc, time::Duration};

use sd_notify::NotifyState;
use tokio::time::{Instant, sleep_until, timeout};

use super::Daemon;

/// Requests are answered from now on, or again.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is read again; [`ready`] follows.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The daemon ends.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says twice in the time that the service manager waits at most (`WatchdogSec=`) that the daemon works: that this
/// task runs, and that the thread which keeps the dataplane answers. Ends at once where nobody waits.
pub(super) async fn watchdog(daemon: Arc<Daemon>) {
    let Some(period) = watchdog_period() else { return };
    let half = period / 2;
    let answers = || {
        let daemon = Arc::clone(&daemon);
        async move { daemon.audit.answers().await }
    };
    beat(half, answers, || tell(&[NotifyState::Watchdog])).await;
}

/// How long the service manager waits at most, if it waits for this process (sd_watchdog_enabled(3); where
/// `WATCHDOG_PID` is not set, whoever reads it is meant, as with the manager's own library).
fn watchdog_period() -> Option<Duration> {
    let is_meant = env::var("WATCHDOG_PID").map_or(true, |pid| pid.parse() == Ok(process::id()));
    let microseconds = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (is_meant && microseconds > 0).then(|| Duration::from_micros(microseconds))
}

/// Tells of life once in that time, as long as there is an answer within it.
async fn beat<A: Future<Output = bool>>(half: Duration, answers: impl Fn() -> A, tell: impl Fn()) -> ! {
    let mut next = Instant::now();
    loop {
        match timeout(half, answers()).await {
            Ok(true) => tell(),
            _ => tracing::error!("the thread that keeps the dataplane does not answer"),
        }
        next += half;
        sleep_until(next).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_is_not_said_to_live() {
        let (asked, told) = (Cell::new(0), Cell::new(0));
        let half = Duration::from_secs(15);
        let answers = async || {
            asked.set(asked.get() + 1);
            match asked.get() {
                1 | 2 => true,
                3 => false,
                4 => pending().await,
                _ => true,
            }
        };
        let beat = beat(half, answers, || told.set(told.get() + 1));
        // Moments 0, 15, 30, 45, 60: the third answer is no, the fourth never comes.
        assert!(timeout(half * 4 + half / 2, beat).await.is_err());
        assert_eq!((asked.get(), told.get()), (5, 3));
    }
}
