//! Pools of addresses.

use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::{
    api::types::Wait,
    daemon::{Daemon, Result, acknowledge, networks, operation, times},
    desired::{
        Given, State,
        docker::{self, PoolWish, Pooled},
    },
    model::Id,
    store::schema::Part,
};

/// How long other nodes may take to know of what an engine has made.
pub(super) const PATIENCE: Wait = Wait { timeout: 2 };

/// Finds or makes the subnet that the engine asks for.
///
/// # Errors
/// The refusal of what cannot be; the store's error.
pub async fn request_pool(daemon: &Arc<Daemon>, wish: PoolWish) -> Result<Pooled> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let avoid = networks::avoid(&daemon).await;
        let now = times::now();
        let decide = |state: &State| {
            let mut given = Given { now, fresh_id: &mut Id::random };
            docker::pool(state, &wish, &daemon.node, &avoid, &mut given)
        };
        let (pooled, concern) = daemon.ledger.commit(decide).await?;
        tracing::info!(subnet = %pooled.subnet, network = pooled.network.short(), "a pool for Docker");
        acknowledge::everywhere(&daemon, &concern, PATIENCE).await;
        Ok(pooled)
    })
    .await
}

/// Gives a pool back; one whose network is there stays with it.
///
/// # Errors
/// The store's error.
pub async fn release_pool(daemon: &Arc<Daemon>, pool: Ipv4Net) -> Result<()> {
    let daemon = Arc::clone(daemon);
    operation::whole(async move {
        let of = |s: &State| {
            let network = s.networks.values().find(|n| n.subnets.iter().any(|subnet| subnet.cidr == pool));
            network.map(|n| Part::Network(n.id.clone()))
        };
        let _following = daemon.ledger.follow(daemon.ledger.read(of)).await?;
        daemon.ledger.commit(|s: &State| docker::drop_pool(s, pool, &daemon.node)).await?;
        Ok(())
    })
    .await
}
