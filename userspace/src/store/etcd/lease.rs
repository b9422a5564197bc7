//! Leases: kept alive by a task of their own.

use std::time::Duration;

use etcd_client::Client;
use tokio::{
    sync::{oneshot, watch},
    time::sleep,
};

use super::{members::Members, reason::Failure};
use crate::store::{Lease, StoreError};

/// etcd counts leases in whole seconds.
fn seconds(ttl: Duration) -> i64 {
    let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
    i64::try_from(seconds).unwrap_or(i64::MAX).max(1)
}

pub(super) async fn grant(members: &Members, ttl: Duration) -> Result<Lease, StoreError> {
    let ttl = seconds(ttl);
    let grant = |client: Client| async move { client.lease_client().grant(ttl, None).await };
    // A lease that is granted twice expires by itself once.
    let granted = members.call_any(grant).await.map_err(|f| members.error(f))?;
    let id = granted.id();
    let (lost, lost_receiver) = watch::channel(false);
    let (renewal, dropped) = oneshot::channel();
    let renewing = renew(members.clone(), id, ttl, lost);
    tokio::spawn(async move {
        tokio::select! { () = renewing => {}, _ = dropped => {} }
    });
    Ok(Lease { id, lost: lost_receiver, _renewal: renewal })
}

/// Renews the lease three times within its time to live, until etcd says that it is gone. While etcd
/// is away nobody knows, so that alone is no loss.
async fn renew(members: Members, id: i64, ttl: i64, lost: watch::Sender<bool>) {
    let pause = Duration::from_secs(u64::try_from(ttl).unwrap_or(1)) / 3;
    loop {
        sleep(pause).await;
        let once = |client: Client| async move { client.lease_client().keep_alive(id).await.map(drop) };
        if let Err(Failure::Lost) = members.call_any(once).await {
            lost.send_replace(true);
            return;
        }
    }
}
