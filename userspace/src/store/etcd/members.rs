//! The members of the etcd cluster, and which of them is talked to.
//!
//! One is talked to until it is away, then the next one. A commit is sent once only, since a lost
//! answer does not say whether it was carried out; so after a failure, and before the next commit, a read finds
//! a member that answers, and that etcd still holds what was seen in it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use etcd_client::{Client, ConnectOptions, GetOptions, GetResponse, KeyValue, TxnResponse};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{Access, ROOT, member::Member, reason::Failure, witness::Witness};
use crate::store::StoreError;

/// All attempts of one call together: whoever waits for it is told within 2 s that the store is away.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Until a leader is chosen, which takes about a second, members are asked again this often.
const ELECTION: Duration = Duration::from_millis(100);
/// A connection that says nothing for this long is asked whether it lives. etcd cuts off who asks
/// more often than every 5 s (`--grpc-keepalive-min-time`).
const KEEP_ALIVE: Duration = Duration::from_secs(6);

/// The members of the etcd cluster.
#[derive(Clone)]
pub(super) struct Members(Arc<Inner>);

struct Inner {
    names: String,
    members: Vec<Member>,
    /// Which of them is talked to; counts on when that one is away.
    current: watch::Sender<usize>,
    /// It has answered since the last failure, and holds what was seen.
    proved: AtomicBool,
    witness: Witness,
}

impl std::fmt::Debug for Members {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Members").field(&self.0.names).finish()
    }
}

impl Members {
    /// Members at these `HOST:PORT`s, over TLS where `tls` or `access` says so.
    pub(super) async fn new(endpoints: &[&str], tls: bool, access: &Access) -> Result<Self, StoreError> {
        let listed = endpoints.join(",");
        let refused = |reason: String| StoreError::Failed { store: listed.clone(), reason };
        let (tls, user) =
            access.tls(tls).and_then(|tls| Ok((tls, access.user()?))).map_err(|e| refused(e.to_string()))?;
        let (names, scheme) = match &tls {
            Some(_) => (format!("etcds://{listed}"), "https"),
            None => (format!("etcd://{listed}"), "http"),
        };
        let options = tls.into_iter().fold(options(), ConnectOptions::with_tls);
        let mut members = Vec::new();
        for endpoint in endpoints {
            let member = Member::new(&format!("{scheme}://{endpoint}"), options.clone(), user.clone()).await;
            members.push(member.map_err(|failure| failure.into_error(names.clone()))?);
        }
        let (current, proved) = (watch::Sender::new(0), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { names, members, current, proved, witness: Witness::default() })))
    }

    pub(super) fn describe(&self) -> String {
        self.0.names.clone()
    }

    /// Puts the store's name to a failure.
    pub(super) fn error(&self, failure: Failure) -> StoreError {
        failure.into_error(self.describe())
    }

    /// Remembers writes, to know etcd's history by.
    pub(super) fn saw<'a>(&self, written: impl Iterator<Item = &'a KeyValue>) {
        self.0.witness.saw(written);
    }

    /// Changes when another member is talked to.
    pub(super) fn current(&self) -> watch::Receiver<usize> {
        self.0.current.subscribe()
    }

    /// The member that is talked to has gone away, as somebody has noticed.
    pub(super) fn failed(&self) {
        self.0.proved.store(false, Ordering::Relaxed);
    }

    /// Calls the current member; if it is away, the next one is current from now on.
    async fn call<R, F>(&self, call: &mut impl FnMut(Client) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        let inner = &*self.0;
        let count = inner.members.len();
        let index = *inner.current.borrow();
        let member = inner.members.get(index).ok_or_else(|| Failure::Away("no member".to_owned()))?;
        let share = PATIENCE / u32::try_from(count).unwrap_or(u32::MAX);
        let answer = timeout(share, member.call(call)).await;
        let result = answer
            .unwrap_or_else(|_| Err(Failure::Away(format!("no answer within {} ms", share.as_millis()))));
        if result.as_ref().is_err_and(Failure::may_pass) {
            self.failed();
            let next = |current: &mut usize| {
                let other = *current == index && count > 1;
                *current = if other { (index + 1) % count } else { *current };
                other
            };
            inner.current.send_if_modified(next);
        }
        result
    }

    /// Calls one member after the other until one answers, and again while they only lack a leader.
    /// Only for calls that may be made twice.
    pub(super) async fn call_any<R, F>(&self, mut call: impl FnMut(Client) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        let begun = Instant::now();
        loop {
            let mut leaderless = false;
            let mut result = self.call(&mut call).await;
            for _ in 1..self.0.members.len() {
                leaderless |= matches!(result, Err(Failure::Leaderless(_)));
                if !result.as_ref().is_err_and(Failure::may_pass) {
                    break;
                }
                result = self.call(&mut call).await;
            }
            leaderless |= matches!(result, Err(Failure::Leaderless(_)));
            let again = result.as_ref().is_err_and(Failure::may_pass) && leaderless;
            if !again || begun.elapsed() + ELECTION >= PATIENCE {
                return result;
            }
            sleep(ELECTION).await;
        }
    }

    /// As [`Members::call_any`]; the answer is from the history that was seen.
    pub(super) async fn ask<R, F>(&self, call: impl FnMut(Client) -> F) -> Result<R, StoreError>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        let answer = self.call_any(call).await.map_err(|f| self.error(f))?;
        self.prove().await?;
        Ok(answer)
    }

    pub(super) async fn get(&self, key: Vec<u8>, options: GetOptions) -> Result<GetResponse, StoreError> {
        self.ask(reading(key, options)).await
    }

    pub(super) async fn commit(&self, txn: etcd_client::Txn) -> Result<TxnResponse, StoreError> {
        let begun = Instant::now();
        loop {
            self.prove().await?;
            let mut commit = |mut client: Client| {
                let txn = txn.clone();
                async move { client.txn(txn).await }
            };
            match self.call(&mut commit).await {
                Err(failure) if failure.was_not_begun() && begun.elapsed() < PATIENCE => {}
                result => return result.map_err(|f| self.error(f)),
            }
        }
    }

    /// After a failure: finds a member that answers, and that has what was seen before.
    async fn prove(&self) -> Result<(), StoreError> {
        if self.0.proved.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.remembered().await.map_err(|f| self.error(f))?;
        self.0.proved.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn remembered(&self) -> Result<(), Failure> {
        let Some(question) = self.0.witness.question() else {
            let nothing = reading(ROOT.as_bytes().to_vec(), GetOptions::new().with_count_only());
            return self.call_any(nothing).await.map(drop);
        };
        match self.call_any(reading(question.key(), question.options())).await {
            Ok(answer) if question.is_answered_by(answer.kvs()) => Ok(()),
            Ok(_) | Err(Failure::Future) => Err(Failure::Replaced(question.revision())),
            // It has got further than what was seen, and does not remember that.
            Err(Failure::Compacted) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

fn options() -> ConnectOptions {
    ConnectOptions::new()
        .with_connect_timeout(PATIENCE / 2)
        .with_keep_alive(KEEP_ALIVE, PATIENCE)
        // etcd also cuts off who asks while nothing is going on.
        .with_keep_alive_while_idle(false)
        .with_require_leader(true)
}

fn reading(
    key: Vec<u8>,
    options: GetOptions,
) -> impl FnMut(Client) -> futures::future::BoxFuture<'static, Result<GetResponse, etcd_client::Error>> {
    use futures::FutureExt as _;
    move |mut client: Client| {
        let (key, options) = (key.clone(), options.clone());
        async move { client.get(key, Some(options)).await }.boxed()
    }
}
