//! The desired state as this daemon reads and changes it.

use std::{sync::Arc, time::Duration};

use tokio::{sync::RwLock, time::timeout};

use super::Result;
use crate::{
    desired::{Refusal, State},
    failpoint,
    model::{Id, Place},
    store::{
        Concern, Following, Mirror, Revision, Snapshot, Store, StoreError, Txn,
        schema::{Claim, Key, Part},
    },
};

/// How often others may be faster before a change is given up.
const ATTEMPTS: u32 = 32;
/// How often others of this node may be: from then on they wait for who was too slow.
const CROWDED: u32 = 3;
/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_millis(1700);
/// How long all that the store holds may take to be read: a large cluster's is some tens of MiB. Each page
/// of it is answered in [`PATIENCE`], or the store is away.
const READING: Duration = Duration::from_secs(30);
/// How long the mirror may take to show what was just committed.
const ECHO: Duration = Duration::from_secs(5);

/// The store, and the copy of it that is kept up to date.
#[derive(Clone)]
pub(super) struct Ledger {
    pub(super) store: Arc<dyn Store>,
    pub(super) mirror: Arc<Mirror>,
    /// Who commits alone holds it for writing.
    order: Arc<RwLock<()>>,
}

impl Ledger {
    /// A store, and the copy of it.
    pub(super) fn new(store: Arc<dyn Store>, mirror: Arc<Mirror>) -> Self {
        Self { store, mirror, order: Arc::default() }
    }

    /// Looks at the desired state as this node knows it; `look` must be short.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.mirror.read(look)
    }

    /// Commits what `decide` makes of the desired state, and decides again where somebody else was
    /// faster, after a few times alone on this node; the answer says whom it concerns. When this returns, the
    /// mirror holds the change.
    ///
    /// # Errors
    /// The refusal, or the store's error ([`StoreError::Unreachable`] within about two seconds).
    pub(super) async fn commit<T>(
        &self,
        decide: impl FnMut(&State) -> std::result::Result<(T, Txn), Refusal>,
    ) -> Result<(T, Concern)> {
        self.commit_as(|txn| self.store.commit(txn), decide).await
    }

    /// As [`Ledger::commit`], for what another commit follows at once ([`Store::commit_for_now`]).
    ///
    /// # Errors
    /// As [`Ledger::commit`].
    pub(super) async fn commit_for_now<T>(
        &self,
        decide: impl FnMut(&State) -> std::result::Result<(T, Txn), Refusal>,
    ) -> Result<(T, Concern)> {
        self.commit_as(|txn| self.store.commit_for_now(txn), decide).await
    }

    async fn commit_as<T, F>(
        &self,
        commit: impl Fn(Txn) -> F,
        mut decide: impl FnMut(&State) -> std::result::Result<(T, Txn), Refusal>,
    ) -> Result<(T, Concern)>
    where
        F: Future<Output = std::result::Result<Revision, StoreError>>,
    {
        let mut decided = self.read(&mut decide)?;
        let (mut together, mut alone) = (Some(self.order.read().await), None);
        for attempt in 1..=ATTEMPTS {
            let (thing, txn) = decided;
            failpoint::pass("a change is about to be committed");
            match self.in_time(commit(txn.clone())).await {
                Ok(revision) => {
                    failpoint::pass("a change is committed");
                    drop((together, alone));
                    let concern = Concern::of(&txn, revision);
                    self.echo(&concern).await;
                    return Ok((thing, concern));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            if attempt == CROWDED {
                drop(together.take());
                alone = Some(self.order.write().await);
            }
            decided = decide(&self.fresh(&txn).await?)?;
        }
        Err(StoreError::Conflict.into())
    }

    /// Whether a change could be made now: asked before what cannot be taken back.
    ///
    /// # Errors
    /// The store's error, as of [`Ledger::commit`].
    pub(super) async fn answers(&self) -> Result<()> {
        self.in_time(self.store.commit(Txn::default())).await?;
        Ok(())
    }

    /// The state as the store has it now, as far as a transaction relied on it: the mirror may be what made the
    /// decision stale, or nobody follows the key.
    async fn fresh(&self, txn: &Txn) -> Result<State> {
        let keys: Vec<String> = txn.preconditions.iter().map(|p| p.key().to_owned()).collect();
        let found = self.in_time(self.store.look_up(&keys)).await?;
        let mut state = self.read(State::clone);
        for part in state.compare(&keys, &found) {
            let snapshot = self.in_long_time(self.store.read(&part.prefix())).await?;
            state.replace(&part, &snapshot);
        }
        Ok(state)
    }

    /// The whole state as the store has it now, of which this node follows only what concerns it.
    ///
    /// # Errors
    /// The store's error.
    pub(super) async fn whole(&self) -> Result<State> {
        Ok(State::from_snapshot(&self.in_long_time(self.store.snapshot()).await?))
    }

    /// Has networks followed until the answer is dropped; they are known when this returns.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] where they cannot be read in time.
    pub(super) async fn follow(&self, parts: impl IntoIterator<Item = Part>) -> Result<Following> {
        let following = self.mirror.follow(parts);
        if following.is_loaded() {
            return Ok(following);
        }
        if !self.mirror.is_connected() {
            self.answers().await?;
        }
        timeout(PATIENCE, following.loaded()).await.map_err(|_| self.late(PATIENCE))?;
        Ok(following)
    }

    /// The backends in a network that nobody follows.
    ///
    /// # Errors
    /// The store's error.
    pub(super) async fn backends(&self, network: &Id) -> Result<Snapshot> {
        let prefix = format!("{}backends/", Part::Network(network.clone()).prefix());
        Ok(self.in_time(self.store.read(&prefix)).await?)
    }

    /// Where the container of that name is.
    ///
    /// # Errors
    /// The store's error.
    pub(super) async fn place(&self, name: &str) -> Result<Option<Place>> {
        let key = Key::from(Claim::ContainerName(name.to_owned())).to_string();
        let mut found = State::default();
        found.look_up(&self.in_time(self.store.look_up(&[key])).await?);
        Ok(found.places.remove(name))
    }

    /// What the store answers that has much to tell.
    async fn in_long_time<T>(
        &self,
        answer: impl Future<Output = std::result::Result<T, StoreError>>,
    ) -> std::result::Result<T, StoreError> {
        timeout(READING, answer).await.map_err(|_| self.late(READING))?
    }

    /// What the store answers, or that it takes too long.
    ///
    /// # Errors
    /// The store's error.
    pub(super) async fn in_time<T>(
        &self,
        answer: impl Future<Output = std::result::Result<T, StoreError>>,
    ) -> std::result::Result<T, StoreError> {
        timeout(PATIENCE, answer).await.map_err(|_| self.late(PATIENCE))?
    }

    fn late(&self, patience: Duration) -> StoreError {
        let reason = format!("no answer within {} ms", patience.as_millis());
        StoreError::Unreachable { store: self.store.describe(), reason }
    }

    /// A request that follows must see what this one did.
    pub(super) async fn echo(&self, concern: &Concern) {
        if timeout(ECHO, self.mirror.wait_for(concern)).await.is_err() {
            tracing::warn!(revision = concern.last(), "the store's watch is late");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::store::{Precondition, Write};

    const TAKEN: &str = "claims/vnis/4097";

    async fn ledger(dir: &std::path::Path) -> Ledger {
        let store = crate::store::open("embedded", dir).await.unwrap();
        let mirror = Arc::new(Mirror::start(Arc::clone(&store), Id::random()));
        mirror.loaded().await;
        Ledger::new(store, mirror)
    }

    fn put(key: &str, preconditions: Vec<Precondition>) -> Txn {
        let write = Write::Put { key: key.into(), value: b"1".into(), lease: None };
        Txn { preconditions, writes: vec![write] }
    }

    #[tokio::test]
    async fn a_conflict_is_decided_again_on_the_state_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(dir.path()).await;
        ledger.store.commit(put(TAKEN, Vec::new())).await.unwrap();
        let mut decisions = 0;
        let decide = |_: &State| {
            decisions += 1;
            let stale = decisions < 3;
            let key = if stale { TAKEN } else { "cluster/vip-pool" };
            Ok((decisions, put(key, vec![Precondition::Absent(key.into())])))
        };
        let (decided, concern) = ledger.commit(decide).await.unwrap();
        assert_eq!((decided, concern.last()), (3, 2));
        assert_eq!(ledger.read(|s| s.revision), 2, "the mirror holds what was committed");
    }

    #[tokio::test]
    async fn who_was_too_slow_again_and_again_goes_before_who_comes() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(dir.path()).await;
        ledger.store.commit(put(TAKEN, Vec::new())).await.unwrap();
        let (mut decisions, mut comes) = (0, None);
        let decide = |_: &State| {
            decisions += 1;
            if decisions == CROWDED + 1 {
                let other = ledger.clone();
                let change = |_: &State| Ok(((), put("cluster/vip-pool", Vec::new())));
                comes = Some(tokio::spawn(async move { other.commit(change).await.unwrap().1.last() }));
            }
            let key = if decisions < CROWDED + 4 { TAKEN } else { "cluster/vip-pool" };
            Ok(((), put(key, vec![Precondition::Absent(key.into())])))
        };
        let ((), slow) = ledger.commit(decide).await.unwrap();
        let (slow, other) = (slow.last(), comes.unwrap().await.unwrap());
        assert!(slow < other, "{slow} was to be before {other}");
    }

    #[tokio::test]
    async fn what_is_always_in_conflict_ends() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(dir.path()).await;
        let decide = |_: &State| Ok(((), put("a", vec![Precondition::Present("never".into())])));
        let error = ledger.commit(decide).await.unwrap_err();
        assert!(matches!(error, crate::daemon::Error::Store(StoreError::Conflict)));
    }
}
