//! Registering this node when the daemon starts.

use std::time::{Duration, Instant};

use super::{Config, Error, Result, ledger::Ledger};
use crate::{
    desired::{self, Refusal, State, node::Registration},
    link::Underlay,
    model::Id,
};

/// A lease ends at most so much later than its time to live after its last renewal: etcd looks twice a
/// second, and a new leader begins to count again.
const LEASE_SLACK: Duration = Duration::from_secs(2);
/// How often is looked whether a lease has ended.
const LOOK: Duration = Duration::from_millis(250);

/// Registers this node. Another node's name or address is refused. So is an id that gives signs of life
/// from another machine, unless these end with the lease: then it was this machine before it was booted.
///
/// # Errors
/// The refusal; the store's error.
pub(super) async fn register(
    ledger: &Ledger,
    config: &Config,
    (id, machine): (&Id, &str),
    underlay: &Underlay,
) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let this = Registration { id, name: &config.node, vtep: underlay.addr, version, machine };
    let given_up = Instant::now() + config.lease_ttl + LEASE_SLACK;
    loop {
        let decide = |s: &State| desired::node::register(s, &this);
        match ledger.commit(decide).await {
            Err(Error::Refused(Refusal::NodeElsewhere(name))) if Instant::now() < given_up => {
                tracing::debug!(name, "waiting for the end of the lease of an earlier boot");
                tokio::time::sleep(LOOK).await;
            }
            done => return done.map(drop),
        }
    }
}
