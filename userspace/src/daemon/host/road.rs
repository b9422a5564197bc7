//! `cw-host` and `cw-road`, made at the start, with the routes of the networks that are here.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{Arc, PoisonError},
};

use ipnet::Ipv4Net;
use tokio::sync::Mutex;

use super::routes::{routes, services};
use crate::{
    daemon::{Daemon, Error, Result, ledger::Ledger},
    desired::State,
    link::{HostDifference, HostPair, HostRoute, Link, LinkError},
    model::Id,
};

/// The pair, and one change of its routes at a time.
#[derive(Debug)]
pub(in crate::daemon) struct Road {
    pair: std::sync::Mutex<HostPair>,
    /// What was settled last.
    turn: Mutex<Option<Settled>>,
}

/// What the host was told.
#[derive(Debug)]
struct Settled {
    /// None where not all of it was done.
    asked: Option<Asked>,
    /// Of those, the routes that are not somebody else's.
    routes: Routes,
}

type Routes = BTreeMap<Ipv4Net, HostRoute>;

/// What there was to tell: which pair ([`HostPair::host`]), networks' routes, and services'.
type Asked = (u32, Routes, Routes);

impl Road {
    /// Makes the pair, or takes over the one that is there. It takes packets of `mtu` bytes.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(in crate::daemon) async fn open(link: &Link, mtu: u32) -> std::result::Result<Self, LinkError> {
        let pair = link.ensure_host_pair(mtu).await?;
        Ok(Self { pair: pair.into(), turn: Mutex::default() })
    }

    /// The pair.
    pub(in crate::daemon) fn pair(&self) -> HostPair {
        *self.pair.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pair is another one from now on. One that was only down has lost its routes: [`Road::audit`] sees that.
    pub(in crate::daemon) fn replace(&self, pair: HostPair) {
        *self.pair.lock().unwrap_or_else(PoisonError::into_inner) = pair;
    }

    /// Sees whether the host's addresses and routes are still those that were settled last, and makes them so
    /// again; the differences that there were.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(in crate::daemon) async fn audit(
        &self,
        link: &Link,
    ) -> std::result::Result<Vec<HostDifference>, LinkError> {
        let settled = self.turn.lock().await;
        let Some(Settled { routes, .. }) = &*settled else { return Ok(Vec::new()) };
        let found = link.host_differences(routes).await?;
        if !found.is_empty() {
            link.set_host_routes(routes).await?;
        }
        Ok(found)
    }

    /// Makes the host's addresses and routes those of the networks and services that are here now, on an
    /// underlay with this node's address and packets of so many bytes. The newest
    /// state is read in one's turn: of two changes the later is settled last. What was settled is not asked for again:
    /// that somebody else changed it is the audit's to see.
    ///
    /// # Errors
    /// Where the kernel refuses, for instance since the host has such a route already.
    pub(in crate::daemon) async fn settle(
        &self,
        link: &Link,
        ledger: &Ledger,
        node: &Id,
        underlay: (Ipv4Addr, u32),
    ) -> std::result::Result<(), LinkError> {
        let mut settled = self.turn.lock().await;
        let (own, (vtep, mtu)) = (self.pair().host, underlay);
        let look = |state: &State| (own, routes(state, node, mtu), services(state, node, vtep, mtu));
        let asked = ledger.read(look);
        if let Some(settled) = &mut *settled {
            if settled.asked.as_ref() == Some(&asked) {
                return Ok(());
            }
            settled.asked = None;
        }
        let (_, mut wanted, mut services) = asked.clone();
        for taken in link.routes().await?.iter().filter(|route| route.ifindex != own) {
            if services.remove(&taken.dest).is_some() {
                tracing::warn!(vip = %taken.dest, "the host has this route already: it leads to no service");
            }
        }
        wanted.append(&mut services);
        link.set_host_routes(&wanted).await?;
        *settled = Some(Settled { asked: Some(asked), routes: wanted });
        Ok(())
    }
}

/// Makes the host's addresses and routes those of the networks that are here now.
///
/// # Errors
/// As [`Road::settle`].
pub(in crate::daemon) async fn settle(daemon: &Daemon) -> Result<()> {
    let underlay = daemon.facts.read(|host| (host.vtep, host.underlay_mtu));
    let settled = daemon.road.settle(&daemon.link, &daemon.ledger, &daemon.node, underlay).await;
    settled.map_err(|error| Error::Internal(error.to_string()))
}

/// The largest packet that `cw-host` has to take: that of any network that is here.
pub(in crate::daemon) fn mtu(ledger: &Ledger, node: &Id, underlay_mtu: u32) -> u32 {
    let largest = |state: &State| {
        let here = state.networks.values().filter(|n| n.is_seen_from(node));
        here.map(|n| u32::from(n.mtu(underlay_mtu))).max().unwrap_or_default()
    };
    ledger.read(largest).max(underlay_mtu)
}

/// As [`settle`], where what was done stands whatever comes of it.
pub(in crate::daemon) async fn settle_or_say(daemon: &Daemon) {
    if let Err(error) = settle(daemon).await {
        tracing::warn!(%error, "the host's routes to containers are not as they should be");
    }
}

/// Settles whenever services get or lose their addresses, on whichever node, until the task is dropped.
pub(in crate::daemon) async fn follow_services(daemon: Arc<Daemon>) {
    let mut changes = daemon.ledger.mirror.changed();
    let wanted = |daemon: &Daemon| {
        let (vtep, mtu) = daemon.facts.read(|host| (host.vtep, host.underlay_mtu));
        daemon.ledger.read(|state| services(state, &daemon.node, vtep, mtu))
    };
    let mut known = BTreeMap::new();
    loop {
        let now = wanted(&daemon);
        if now != known {
            settle_or_say(&daemon).await;
            known = now;
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
