//! The host's addresses, and the count of changes of its routes and neighbours.

use std::{collections::BTreeSet, net::Ipv4Addr, sync::Arc};

use tokio::sync::watch;

use crate::{
    daemon::{Daemon, facts::Facts},
    link::{Link, LinkError},
};

/// Looks once, so that the first reconciliation knows the host.
///
/// # Errors
/// Where the kernel does not list addresses.
pub(in crate::daemon) async fn first_look(facts: &Facts, link: &Link) -> Result<(), LinkError> {
    let own = facts.read(|host| host.local.host_ifindex);
    let addresses = addresses(link, own).await?;
    facts.change(|host| host.local.addresses = addresses);
    Ok(())
}

/// Keeps the addresses up to date until the task is dropped; `events` changes when the kernel tells
/// of an address, a route, a neighbour. Flows look up their next hop again after each.
pub(in crate::daemon) async fn follow(daemon: Arc<Daemon>, mut events: watch::Receiver<u64>) {
    while events.changed().await.is_ok() {
        let own = daemon.road.pair().host;
        match addresses(&daemon.link, own).await {
            Ok(addresses) => {
                daemon.facts.change(|host| {
                    host.local.addresses = addresses;
                    host.local.generation = host.local.generation.wrapping_add(1);
                });
            }
            Err(error) => tracing::warn!(%error, "the host's addresses are not known"),
        }
    }
}

/// All but those of `cw-host`, which are the networks' gateways.
async fn addresses(link: &Link, cw_host: u32) -> Result<BTreeSet<Ipv4Addr>, LinkError> {
    let all = link.addresses().await?;
    Ok(all.into_iter().filter(|a| a.ifindex != cw_host).map(|a| a.net.addr()).collect())
}
