//! The members of the etcd cluster, and which of them is talked to.
//!
//! One is talked to until it is away, then the next one. A commit is sent once only, since a lost
//! answer does not say whether it was carried out; so after a failure, and before the next commit, a read finds
//! a member that answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use etcd_client::{Client, ConnectOptions, GetOptions, GetResponse, TxnResponse};
use tokio::time::timeout;

use super::{ROOT, reason::Failure};
use crate::store::StoreError;

/// All attempts of one call together: whoever waits for it is told soon that the store is away.
const PATIENCE: Duration = Duration::from_secs(2);
/// A connection that says nothing for this long is asked whether it lives. etcd cuts off who asks
/// more often than every 5 s (`--grpc-keepalive-min-time`).
const KEEP_ALIVE: Duration = Duration::from_secs(6);

/// The members of the etcd cluster.
#[derive(Clone)]
pub(super) struct Members(Arc<Inner>);

struct Inner {
    names: String,
    clients: Vec<Client>,
    /// Which of them is talked to.
    current: AtomicUsize,
    /// It has answered, and not failed since.
    proved: AtomicBool,
}

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Members").field(&self.0.names).finish()
    }
}

impl Members {
    pub(super) async fn new(endpoints: &[&str]) -> Result<Self, StoreError> {
        let names = format!("etcd://{}", endpoints.join(","));
        let options = ConnectOptions::new()
            .with_connect_timeout(PATIENCE / 2)
            .with_keep_alive(KEEP_ALIVE, PATIENCE)
            // etcd also cuts off who asks while nothing is going on.
            .with_keep_alive_while_idle(false)
            .with_require_leader(true);
        let mut clients = Vec::new();
        for endpoint in endpoints {
            let client = Client::connect([endpoint], Some(options.clone())).await;
            clients.push(client.map_err(|e| Failure::from(e).into_error(names.clone()))?);
        }
        let (current, proved) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { names, clients, current, proved })))
    }

    pub(super) fn describe(&self) -> String {
        self.0.names.clone()
    }

    /// Puts the store's name to a failure.
    pub(super) fn error(&self, failure: Failure) -> StoreError {
        failure.into_error(self.describe())
    }

    /// Calls the current member; if it is away, the next one is current from now on.
    async fn call<R, F>(&self, call: impl FnOnce(Client) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        let inner = &*self.0;
        let index = inner.current.load(Ordering::Relaxed) % inner.clients.len().max(1);
        let client =
            inner.clients.get(index).cloned().ok_or_else(|| Failure::Away("no member".to_owned()))?;
        let share = PATIENCE / u32::try_from(inner.clients.len()).unwrap_or(u32::MAX);
        let result = match timeout(share, call(client)).await {
            Ok(answer) => answer.map_err(Failure::from),
            Err(_) => Err(Failure::Away(format!("no answer within {} ms", share.as_millis()))),
        };
        let away = matches!(result, Err(Failure::Away(_)));
        inner.proved.store(!away, Ordering::Relaxed);
        if away {
            inner.current.store(index + 1, Ordering::Relaxed);
        }
        result
    }

    /// Calls one member after the other until one answers. Only for calls that may be made twice.
    pub(super) async fn call_any<R, F>(&self, mut call: impl FnMut(Client) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        let mut result = self.call(&mut call).await;
        for _ in 1..self.0.clients.len() {
            if !matches!(result, Err(Failure::Away(_))) {
                break;
            }
            result = self.call(&mut call).await;
        }
        result
    }

    pub(super) async fn get(&self, key: Vec<u8>, options: GetOptions) -> Result<GetResponse, StoreError> {
        let get = |mut client: Client| {
            let (key, options) = (key.clone(), options.clone());
            async move { client.get(key, Some(options)).await }
        };
        self.call_any(get).await.map_err(|f| self.error(f))
    }

    pub(super) async fn commit(&self, txn: etcd_client::Txn) -> Result<TxnResponse, StoreError> {
        if !self.0.proved.load(Ordering::Relaxed) {
            self.get(ROOT.as_bytes().to_vec(), GetOptions::new().with_count_only()).await?;
        }
        let commit = |mut client: Client| async move { client.txn(txn).await };
        self.call(commit).await.map_err(|f| self.error(f))
    }
}
