//! Addresses, handed out to an engine and given back.

use std::{net::Ipv4Addr, sync::Arc};

use ipnet::Ipv4Net;

use crate::{
    daemon::{Daemon, Result, host, operation, times},
    desired::{Given, State, docker},
    model::Id,
    store::{Following, schema::Part},
};

/// Hands out an address of a pool.
///
/// # Errors
/// The refusal of one that cannot be had; the store's error.
pub async fn request_address(
    daemon: &Arc<Daemon>,
    pool: Ipv4Net,
    wanted: Option<Ipv4Addr>,
) -> Result<Ipv4Net> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let _following = follow(&daemon, pool).await?;
        let now = times::now();
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            docker::reserve(state, pool, wanted, &daemon.node, &mut given)
        };
        let (endpoint, _) = daemon.ledger.commit(decide).await?;
        Ok(within(endpoint.addr, pool))
    })
    .await
}

/// The gateway of a pool, or another one as long as nobody has the network.
///
/// # Errors
/// The refusal where another is settled; the store's error.
pub async fn request_gateway(
    daemon: &Arc<Daemon>,
    pool: Ipv4Net,
    wanted: Option<Ipv4Addr>,
) -> Result<Ipv4Net> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let _following = follow(&daemon, pool).await?;
        let decide = |state: &State| docker::gateway(state, pool, wanted, &daemon.node);
        let (addr, _) = daemon.ledger.commit(decide).await?;
        Ok(within(addr, pool))
    })
    .await
}

/// Gives an address back.
///
/// # Errors
/// The store's error.
pub async fn release_address(daemon: &Arc<Daemon>, pool: Ipv4Net, addr: Ipv4Addr) -> Result<()> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let _following = follow(&daemon, pool).await?;
        let decide = |state: &State| docker::release(state, pool, addr, &daemon.node);
        let (released, _) = daemon.ledger.commit(decide).await?;
        if released {
            host::settle_or_say(&daemon).await;
        }
        Ok(())
    })
    .await
}

/// The network that a pool is of has to be known.
async fn follow(daemon: &Daemon, pool: Ipv4Net) -> Result<Following> {
    let of = |s: &State| {
        let network = s.networks.values().find(|n| n.subnets.iter().any(|subnet| subnet.cidr == pool));
        network.map(|n| Part::Network(n.id.clone()))
    };
    daemon.ledger.follow(daemon.ledger.read(of)).await
}

/// An address with the length of its subnet's prefix, as Docker writes it.
fn within(addr: Ipv4Addr, pool: Ipv4Net) -> Ipv4Net {
    Ipv4Net::new(addr, pool.prefix_len()).unwrap_or_else(|_| Ipv4Net::from(addr))
}
