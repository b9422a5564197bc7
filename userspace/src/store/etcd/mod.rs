//! The shared store: etcd (3.4 or later), for a cluster.

mod access;
mod layout;
mod lease;
mod member;
mod members;
mod reason;
mod translate;
mod watch;
mod witness;

use std::time::Duration;

use async_trait::async_trait;
use etcd_client::GetOptions;
use futures::stream::BoxStream;

use super::{Change, Lease, Revision, Snapshot, Store, StoreError, Txn};
use members::Members;

pub use access::Access;

/// Everything stands under this; the version is that of [`super::schema`].
const ROOT: &str = "/causeway/v2/";

/// Keys read at once: an answer stays well under gRPC's limit of 4 MiB a message.
const PAGE: i64 = 1000;

/// etcd as a store.
#[derive(Clone, Debug)]
pub struct Etcd {
    members: Members,
}

impl Etcd {
    /// A store at these `HOST:PORT`s, members of one etcd cluster; over TLS where `tls` or `access` says
    /// so. Nothing is asked of them yet.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where one of them is no endpoint, or a file that `access` names is no good.
    pub async fn new(endpoints: &[&str], tls: bool, access: &Access) -> Result<Self, StoreError> {
        Ok(Self { members: Members::new(endpoints, tls, access).await? })
    }
}

#[async_trait]
impl Store for Etcd {
    fn describe(&self) -> String {
        self.members.describe()
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut snapshot = Snapshot::default();
        let end = translate::range_end();
        let mut from = ROOT.as_bytes().to_vec();
        loop {
            // Revision 0 is the newest; the pages that follow are read as of the first.
            let revision = translate::signed(snapshot.revision);
            let options = GetOptions::new().with_range(end.clone()).with_limit(PAGE).with_revision(revision);
            let page = self.members.get(from.clone(), options).await?;
            if snapshot.revision == 0 {
                snapshot.revision = translate::revision(page.header());
            }
            self.members.saw(page.kvs().iter());
            snapshot.entries.extend(page.kvs().iter().filter_map(translate::entry));
            let Some(last) = page.kvs().last().filter(|_| page.more()) else { return Ok(snapshot) };
            from = last.key().to_vec();
            from.push(0);
        }
    }

    async fn commit(&self, txn: Txn) -> Result<Revision, StoreError> {
        let answer = self.members.commit(translate::txn(&txn)).await?;
        if answer.succeeded() { Ok(translate::revision(answer.header())) } else { Err(StoreError::Conflict) }
    }

    async fn watch(
        &self,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
        watch::begin(&self.members, after).await
    }

    async fn check_layout(&self) -> Result<(), StoreError> {
        layout::check(&self.members).await
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        lease::grant(&self.members, ttl).await
    }
}
