//! What the kernel tells of links, neighbours, addresses and routes, as one count to be woken by.
//!
//! Who is woken reads again what it needs to know: a burst of a hundred events is one reading.

use std::time::Duration;

use futures::StreamExt;
use tokio::sync::watch;

use crate::link::{self, LinkError, LinkEvent};

/// Events of one burst come within this time; they wake once.
const BURST: Duration = Duration::from_millis(5);
/// The most events taken as one burst.
const MANY: usize = 1024;

/// Counts events from now on; the receiver ends with the daemon.
///
/// # Errors
/// Where the kernel cannot be listened to.
pub(super) fn listen() -> Result<watch::Receiver<u64>, LinkError> {
    let (heard, receiver) = watch::channel(0);
    let mut bursts = link::events()?.ready_chunks(MANY);
    tokio::spawn(async move {
        while let Some(burst) = bursts.next().await {
            if !burst.iter().all(is_own) {
                heard.send_modify(|n| *n += 1);
            }
            tokio::time::sleep(BURST).await;
        }
    });
    Ok(receiver)
}

/// Containers' interfaces come and go by our own hand.
fn is_own(event: &LinkEvent) -> bool {
    let ours = |name: &str| name.len() == 14 && name.starts_with("cw");
    match event {
        LinkEvent::Link(interface) => ours(&interface.name),
        LinkEvent::LinkGone { name, .. } => ours(name),
        _ => false,
    }
}
