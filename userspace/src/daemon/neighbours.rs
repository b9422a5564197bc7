//! The way to every other node, kept up to date: route, interface, next hop's MAC.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{facts::Facts, ledger::Ledger};
use crate::{link::Link, model::Id, plan::NextHop};

/// How soon a next hop that does not answer yet is looked up again.
const RETRY: Duration = Duration::from_millis(200);
/// How often the ways are looked up though nothing was heard.
const AUDIT: Duration = Duration::from_secs(30);
/// How long a way that is gone still stands: an uplink that is down for a moment, or a route that is replaced,
/// must not take a node's backends out of every ring, whose clients would be refused.
const GRACE: Duration = Duration::from_secs(5);

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
    let mut gone = Gone::default();
    loop {
        events.mark_unchanged();
        revision.mark_unchanged();
        let vteps = vteps(&ledger, &node);
        let found = look_up(&link, &vteps).await;
        let resolved = vteps.iter().all(|v| found.get(v).is_some_and(|hop| hop.dst_mac.is_some()));
        let known = facts.read(|host| host.next_hops.clone());
        let hops = gone.with_those_that_stand(found, known, &vteps, Instant::now());
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

/// Ways that are gone, and since when.
#[derive(Debug, Default)]
struct Gone(BTreeMap<Ipv4Addr, Instant>);

impl Gone {
    /// The ways that were found, and those that were known and are gone since a moment only.
    fn with_those_that_stand(
        &mut self,
        mut found: BTreeMap<Ipv4Addr, NextHop>,
        known: BTreeMap<Ipv4Addr, NextHop>,
        wanted: &[Ipv4Addr],
        now: Instant,
    ) -> BTreeMap<Ipv4Addr, NextHop> {
        self.0.retain(|vtep, _| known.contains_key(vtep) && !found.contains_key(vtep));
        for (vtep, hop) in known {
            if wanted.contains(&vtep) && !found.contains_key(&vtep) {
                let since = *self.0.entry(vtep).or_insert(now);
                if now - since < GRACE {
                    found.insert(vtep, hop);
                }
            }
        }
        found
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mac;

    const VTEP: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);

    fn way() -> BTreeMap<Ipv4Addr, NextHop> {
        let hop = NextHop { ifindex: 2, src_mac: Mac([2; 6]), dst_mac: Some(Mac([4; 6])) };
        BTreeMap::from([(VTEP, hop)])
    }

    #[test]
    fn a_way_that_is_gone_stands_for_a_moment() {
        let (mut gone, begun) = (Gone::default(), Instant::now());
        let nothing = BTreeMap::new;
        let mut look = |found, after| gone.with_those_that_stand(found, way(), &[VTEP], begun + after);
        assert_eq!(look(nothing(), Duration::ZERO), way());
        assert_eq!(look(nothing(), GRACE - Duration::from_millis(1)), way());
        assert_eq!(look(nothing(), GRACE), nothing(), "it does not come back");
        assert_eq!(look(way(), GRACE), way());
        assert_eq!(look(nothing(), 2 * GRACE), way(), "it is gone anew");
    }

    #[test]
    fn a_node_that_has_left_has_no_way() {
        let mut gone = Gone::default();
        assert!(gone.with_those_that_stand(BTreeMap::new(), way(), &[], Instant::now()).is_empty());
    }
}
