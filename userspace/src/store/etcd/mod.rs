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
use etcd_client::{Client, GetOptions, Txn, TxnOp, TxnOpResponse};
use futures::stream::BoxStream;

use super::{Change, Lease, Revision, Snapshot, Store, StoreError};
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

    async fn read(&self, prefix: &str) -> Result<Snapshot, StoreError> {
        let mut snapshot = Snapshot::default();
        let mut from = translate::absolute(prefix).into_bytes();
        let end = translate::end_of(&translate::absolute(prefix));
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

    async fn commit(&self, txn: super::Txn) -> Result<Revision, StoreError> {
        let answer = self.members.commit(translate::txn(&txn)).await?;
        if answer.succeeded() { Ok(translate::revision(answer.header())) } else { Err(StoreError::Conflict) }
    }

    async fn look_up(&self, keys: &[String]) -> Result<Snapshot, StoreError> {
        let gets: Vec<_> = keys.iter().map(|key| TxnOp::get(translate::absolute(key), None)).collect();
        let txn = Txn::new().and_then(gets);
        let ask = |mut client: Client| {
            let txn = txn.clone();
            async move { client.txn(txn).await }
        };
        let answer = self.members.ask(ask).await?;
        let revision = translate::revision(answer.header());
        let found = answer.op_responses().into_iter().filter_map(|response| match response {
            TxnOpResponse::Get(found) => Some(found),
            _ => None,
        });
        let entries =
            found.flat_map(|found| found.kvs().iter().filter_map(translate::entry).collect::<Vec<_>>());
        Ok(Snapshot { revision, entries: entries.collect() })
    }

    async fn watch(
        &self,
        prefix: &str,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
        watch::begin(&self.members, prefix, after).await
    }

    async fn check_layout(&self) -> Result<(), StoreError> {
        layout::check(&self.members).await
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        lease::grant(&self.members, ttl).await
    }
}
