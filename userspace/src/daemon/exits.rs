//! Ends of containers' processes: noticed, recorded, told to those who wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::{Daemon, Error, containers, endpoints, host, namespaces, times};
use crate::{
    desired::{self, Refusal, State},
    failpoint,
    model::{Container, ContainerState, Endpoint, Id},
};

/// Pause before a store that does not answer is told again.
const RETRY: Duration = Duration::from_secs(1);
/// How long the output of a container that is removed at its end may take to be read.
const READING: Duration = Duration::from_secs(5);

/// Who waits for the end of which container.
#[derive(Debug, Default)]
pub(super) struct Exits {
    ends: Mutex<HashMap<Id, watch::Sender<Option<i32>>>>,
    readers: Mutex<HashMap<Id, watch::Sender<()>>>,
}

/// Somebody who reads a container's output to its end, until this is dropped.
#[derive(Debug)]
pub(super) struct Reader {
    _reading: watch::Receiver<()>,
}

impl Exits {
    /// Becomes `Some` once the container has ended and its end is dealt with.
    pub(super) fn watch(&self, id: &Id) -> watch::Receiver<Option<i32>> {
        self.ends().entry(id.clone()).or_insert_with(|| watch::Sender::new(None)).subscribe()
    }

    /// Tells those who wait, and forgets them.
    fn publish(&self, id: &Id, code: i32) {
        if let Some(waiting) = self.ends().remove(id) {
            waiting.send_replace(Some(code));
        }
    }

    /// Announces a reader: `--rm` takes the output away only when it has been read.
    pub(super) fn reader(&self, id: &Id) -> Reader {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|_, reading| !reading.is_closed());
        Reader { _reading: readers.entry(id.clone()).or_default().subscribe() }
    }

    /// Waits until all readers have come to the end, but not for one that does not read.
    async fn read_out(&self, id: &Id) {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(reading) = readers {
            let _ = tokio::time::timeout(READING, reading.closed()).await;
        }
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, HashMap<Id, watch::Sender<Option<i32>>>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits in a task of its own for the end of a running container.
pub(super) fn follow(daemon: &Arc<Daemon>, id: Id) {
    tokio::spawn(withdraw_early(Arc::clone(daemon), id.clone()));
    let daemon = Arc::clone(daemon);
    tokio::spawn(async move {
        let code = match daemon.process(&id).wait().await {
            Ok(exit) => exit.code,
            Err(error) => {
                tracing::warn!(container = id.short(), %error, "it ended and left no status");
                LOST
            }
        };
        tracing::info!(container = id.short(), code, "ended");
        ended(&daemon, &id, code).await;
    });
}

/// The status of a process that went away without one (the machine was restarted): as if killed.
pub(super) const LOST: i32 = 128 + 9;

/// Deals with a container's end, as often as it takes: a store that is away must not keep those
/// waiting who asked only for the status.
pub(super) async fn ended(daemon: &Arc<Daemon>, id: &Id, code: i32) {
    loop {
        let turn = daemon.serial.turn(id).await;
        let done = deal(daemon, id, code).await;
        drop(turn);
        daemon.exits.publish(id, code);
        match done {
            Ok(()) => return,
            Err(error) => tracing::warn!(container = id.short(), %error, "its end is not recorded yet"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Endpoints released everywhere, the status recorded, `--rm` obeyed.
async fn deal(daemon: &Arc<Daemon>, id: &Id, code: i32) -> super::Result<()> {
    withdraw(daemon, id).await;
    let endpoints = daemon.ledger.read(|s| owned(s, id));
    // The interfaces first: that much can be done without the store.
    namespaces::leave(daemon, id);
    endpoints::unrealise_all(daemon, &endpoints).await;
    let ended = record(daemon, id, code).await?;
    failpoint::pass("an end is recorded");
    host::settle_or_say(daemon).await;
    if let Some(container) = ended.filter(|c| c.remove_on_exit) {
        daemon.exits.read_out(id).await;
        containers::forget(daemon, &container).await?;
    }
    Ok(())
}

/// No node leads new conversations to a backend that has ended: that is what others notice, so it comes
/// before its interfaces, which take their time. Without the store it is done with the rest.
async fn withdraw(daemon: &Daemon, id: &Id) {
    if daemon.ledger.read(|s| s.backends_of_container(id).is_empty()) {
        return;
    }
    let decide = |s: &State| desired::container::withdraw(s, id.as_str());
    if let Err(error) = daemon.ledger.commit(decide).await {
        tracing::warn!(container = id.short(), %error, "it is still a backend");
    }
}

/// The same as soon as the main process is gone: what it left behind is ended first, before its end counts.
async fn withdraw_early(daemon: Arc<Daemon>, id: Id) {
    if daemon.process(&id).main_ended().await {
        withdraw(&daemon, &id).await;
    }
}

fn owned(state: &State, id: &Id) -> Vec<Endpoint> {
    state.endpoints_of_container(id).into_iter().cloned().collect()
}

/// Records the end; `None` where the container is gone meanwhile.
async fn record(daemon: &Daemon, id: &Id, code: i32) -> super::Result<Option<Container>> {
    let now = times::now();
    let decide = |s: &State| desired::container::exit(s, id.as_str(), code, now);
    match daemon.ledger.commit(decide).await {
        Ok((container, _)) => Ok(Some(container)),
        Err(Error::Refused(Refusal::NotRunning(_))) => {
            Ok(daemon.ledger.read(|s| s.containers.get(id).cloned()))
        }
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`ended`], but returns as soon as those who wait have been told.
pub(super) async fn told(daemon: &Arc<Daemon>, id: &Id, code: i32) {
    let mut end = daemon.exits.watch(id);
    let (daemon, id) = (Arc::clone(daemon), id.clone());
    tokio::spawn(async move { ended(&daemon, &id, code).await });
    let _ = end.wait_for(Option::is_some).await;
}

/// The status of a container, once it has ended.
pub(super) async fn status_of(daemon: &Daemon, container: &Container) -> super::Result<i32> {
    // Watched before it is looked at: an end in between is not missed.
    let mut end = daemon.exits.watch(&container.id);
    let state = daemon.ledger.read(|s| s.containers.get(&container.id).map(|c| c.state.clone()));
    match state {
        Some(ContainerState::Exited { code, .. }) => {
            daemon.exits.publish(&container.id, code);
            Ok(code)
        }
        None => Err(Error::NotFound(format!("container '{}' has been removed", container.name))),
        Some(_) => match end.wait_for(Option::is_some).await {
            Ok(code) => Ok(code.unwrap_or(LOST)),
            Err(_) => Err(Error::NotFound(format!("container '{}' has been removed", container.name))),
        },
    }
}
