//! The way to every other node, kept up to date: route, interface, next hop's MAC.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{facts::Facts, ledger::Ledger};
use crate::{link::Link, model::Id, plan::NextHop};

/// How soon a next hop that does not answer yet is looked up again.
const RETRY: Duration = Duration::from_millis(200);
/// How often the ways are looked up though nothing was heard.
const AUDIT: Duration = Duration::from_secs(30);

/// Keeps the ways up to date until the task is dropped; `events` changes when the kernel tells of a
/// neighbour, a route, an interface.
pub(super) async fn follow(
    ledger: Ledger,
    facts: Arc<Facts>,
    link: Link,
    node: Id,
    mut events: watch::Receiver<u64>,
) {
    let mut revision = ledger.mirror.changed();
    loop {
        events.mark_unchanged();
        revision.mark_unchanged();
        let vteps = vteps(&ledger, &node);
        let hops = look_up(&link, &vteps).await;
        let resolved = vteps.iter().all(|v| hops.get(v).is_some_and(|hop| hop.dst_mac.is_some()));
        facts.change(|host| host.next_hops = hops);
        let pause = sleep(if resolved { AUDIT } else { RETRY });
        tokio::pin!(pause);
        loop {
            tokio::select! {
                changed = events.changed() => if changed.is_err() { return } else { break },
                changed = revision.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    if self::vteps(&ledger, &node) != vteps {
                        break;
                    }
                }
                () = &mut pause => break,
            }
        }
    }
}

/// Looks once, so that the first reconciliation does not take out the nodes that are there.
pub(super) async fn first_look(ledger: &Ledger, facts: &Facts, link: &Link, node: &Id) {
    let hops = look_up(link, &vteps(ledger, node)).await;
    facts.change(|host| host.next_hops = hops);
}

/// The other nodes' addresses.
fn vteps(ledger: &Ledger, node: &Id) -> Vec<Ipv4Addr> {
    ledger.read(|s| s.nodes.values().filter(|n| n.id != *node).map(|n| n.vtep).collect())
}

/// The way to each; those that cannot be reached are left out.
async fn look_up(link: &Link, vteps: &[Ipv4Addr]) -> BTreeMap<Ipv4Addr, NextHop> {
    let mut hops = BTreeMap::new();
    for vtep in vteps {
        match link.next_hop(*vtep).await {
            Ok(hop) => {
                hops.insert(*vtep, hop);
            }
            Err(error) => tracing::warn!(%vtep, %error, "no way to this node"),
        }
    }
    hops
}
