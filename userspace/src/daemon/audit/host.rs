//! The host's way to its containers, as it should be.

use std::sync::PoisonError;

use super::{Difference, Kind};
use crate::{
    daemon::{Daemon, Error, Result, host, outside, uplink},
    kernel::Hook,
    link::{CW_HOST, CW_ROAD, HostDifference, HostPair},
};

/// Looks at `cw-host` and `cw-road`, their routes and the programs that are not containers', and puts them
/// right; what cannot be is said.
pub(super) async fn look(daemon: &Daemon) -> Vec<Difference> {
    uplink::look(daemon).await;
    let mut found = Vec::new();
    for looked in [pair(daemon).await, routes(daemon).await, programs(daemon).await, outer(daemon).await] {
        match looked {
            Ok(more) => found.extend(more),
            Err(error) => tracing::warn!(%error, "the host's way to its containers is not as it should be"),
        }
    }
    found
}

/// A pair that is gone or down is made anew; what knows of it is told.
async fn pair(daemon: &Daemon) -> Result<Vec<Difference>> {
    let known = daemon.road.pair();
    if is_pair_well(daemon, &known).await? {
        return Ok(Vec::new());
    }
    let renamed = rename_back(daemon, &known).await?;
    if !renamed.is_empty() {
        return Ok(renamed);
    }
    let mtu = host::mtu(&daemon.ledger, &daemon.node, daemon.facts.read(|host| host.underlay_mtu));
    let pair = daemon.link.ensure_host_pair(mtu).await.map_err(|e| Error::Internal(e.to_string()))?;
    daemon.road.replace(pair);
    daemon.facts.change(|host| {
        host.local.host_ifindex = pair.host;
        host.local.host_mac = Some(pair.mac);
    });
    host::settle(daemon).await?;
    Ok(vec![Difference::new(Kind::Interface, format!("{CW_HOST} or {CW_ROAD} was gone, down or another"))])
}

/// Whether both ends are there and up; a cheap look. Where the kernel cannot be asked, nothing is known to be wrong.
pub(super) async fn is_well(daemon: &Daemon) -> bool {
    is_pair_well(daemon, &daemon.road.pair()).await.unwrap_or(true)
}

async fn is_pair_well(daemon: &Daemon, known: &HostPair) -> Result<bool> {
    let mut well = true;
    for (name, ifindex) in [(CW_HOST, known.host), (CW_ROAD, known.road)] {
        let end = daemon.link.find(name).await.map_err(|e| Error::Internal(e.to_string()))?;
        well &= end.is_some_and(|end| end.ifindex == ifindex && end.up);
    }
    Ok(well)
}

/// Ends that are there under other names get theirs back; whether they are up is seen at the next look.
async fn rename_back(daemon: &Daemon, known: &HostPair) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (name, ifindex) in [(CW_HOST, known.host), (CW_ROAD, known.road)] {
        let end = daemon.link.by_index(ifindex).await.map_err(|e| Error::Internal(e.to_string()))?;
        let Some(end) = end.filter(|end| end.name != name) else { continue };
        daemon.link.rename(ifindex, name).await.map_err(|e| Error::Internal(e.to_string()))?;
        found.push(Difference::new(Kind::Interface, format!("interface {name} was called {}", end.name)));
    }
    Ok(found)
}

async fn routes(daemon: &Daemon) -> Result<Vec<Difference>> {
    let found = daemon.road.audit(&daemon.link).await.map_err(|e| Error::Internal(e.to_string()))?;
    let difference = |found: &HostDifference| match found {
        HostDifference::Address(_) => Difference::new(Kind::Address, found.to_string()),
        HostDifference::Route(_) => Difference::new(Kind::Route, found.to_string()),
    };
    Ok(found.iter().map(difference).collect())
}

/// The other interfaces by which packets come from outside.
async fn outer(daemon: &Daemon) -> Result<Vec<Difference>> {
    let names = outside::attach_missing(daemon).await.map_err(|e| Error::Internal(e.to_string()))?;
    let difference =
        |name| Difference::new(Kind::Program, format!("{} was not on interface {name}", Hook::FromOutside));
    Ok(names.into_iter().map(difference).collect())
}

async fn programs(daemon: &Daemon) -> Result<Vec<Difference>> {
    let uplink = daemon.facts.read(|host| host.uplink);
    let mut wanted = vec![(Hook::FromHost, CW_ROAD.to_owned(), daemon.road.pair().road)];
    // That an uplink is gone is noted where it is looked at.
    if let Ok(name) = nix::net::if_::if_indextoname(uplink) {
        wanted.push((Hook::FromUplink, name.to_string_lossy().into_owned(), uplink));
    }
    let dataplane = std::sync::Arc::clone(&daemon.dataplane);
    let attach = move || {
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for (hook, name, ifindex) in wanted {
            if dataplane.attach_if_missing(hook, &name, ifindex)? {
                found.push(Difference::new(Kind::Program, format!("{hook} was not on interface {name}")));
            }
        }
        Ok::<_, crate::kernel::KernelError>(found)
    };
    let attached = tokio::task::spawn_blocking(attach).await.map_err(|e| Error::internal("attach", e))?;
    attached.map_err(|error| Error::Internal(error.to_string()))
}
