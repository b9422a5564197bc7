//! What the kernel tells of links, neighbours, addresses and routes, as counts to be woken by.
//!
//! Who is woken reads again what it needs to know: a burst of a hundred events is one reading.

use std::time::Duration;

use futures::StreamExt;
use tokio::sync::watch;

use crate::{
    link::{self, LinkError, LinkEvent},
    model::Endpoint,
};

/// Events of one burst come within this time; they wake once.
const BURST: Duration = Duration::from_millis(5);
/// The most events taken as one burst.
const MANY: usize = 1024;

/// Counts of what was heard; they end with the daemon.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// Anything of interest.
    pub(super) all: watch::Receiver<u64>,
    /// Interfaces that came, went or changed; counted before `all` is.
    pub(super) links: watch::Receiver<u64>,
    /// The same of any, containers' interfaces included.
    pub(super) any: watch::Receiver<u64>,
}

/// Counts events from now on.
///
/// # Errors
/// Where the kernel cannot be listened to.
pub(super) fn listen() -> Result<Heard, LinkError> {
    let ((all, heard), (links, heard_links)) = (watch::channel(0), watch::channel(0));
    let (any, heard_any) = watch::channel(0);
    let mut bursts = link::events()?.ready_chunks(MANY);
    tokio::spawn(async move {
        while let Some(burst) = bursts.next().await {
            if burst.iter().any(is_any_link) {
                any.send_modify(|n| *n += 1);
            }
            if burst.iter().any(is_link) {
                links.send_modify(|n| *n += 1);
            }
            if !burst.iter().all(is_own) {
                all.send_modify(|n| *n += 1);
            }
            tokio::time::sleep(BURST).await;
        }
    });
    Ok(Heard { all: heard, links: heard_links, any: heard_any })
}

/// Containers' interfaces come and go by our own hand.
fn is_own(event: &LinkEvent) -> bool {
    match event {
        LinkEvent::Link(interface) => Endpoint::is_host_ifname(&interface.name),
        LinkEvent::LinkGone { name, .. } => Endpoint::is_host_ifname(name),
        _ => false,
    }
}

/// An interface that is not ours came, went or changed; or that may have been missed.
fn is_link(event: &LinkEvent) -> bool {
    is_any_link(event) && !is_own(event)
}

fn is_any_link(event: &LinkEvent) -> bool {
    matches!(event, LinkEvent::Link(_) | LinkEvent::LinkGone { .. } | LinkEvent::Overrun)
}
