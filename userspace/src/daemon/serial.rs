//! One operation at a time on each container, or on whatever else has a name.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks by name; they exist while somebody holds or awaits them.
#[derive(Debug)]
pub(super) struct Serial<K> {
    locks: Mutex<HashMap<K, Weak<AsyncMutex<()>>>>,
}

impl<K> Default for Serial<K> {
    fn default() -> Self {
        Self { locks: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash> Serial<K> {
    /// Waits for its turn with what has that name; the turn ends when the guard is dropped.
    pub(super) async fn turn(&self, name: &K) -> OwnedMutexGuard<()> {
        self.lock_of(name).lock_owned().await
    }

    fn lock_of(&self, name: &K) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = locks.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::default();
        locks.insert(name.clone(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Id;

    #[tokio::test]
    async fn turns_of_one_container_follow_each_other() {
        let (serial, a, b) = (Serial::default(), Id::random(), Id::random());
        let held = serial.turn(&a).await;
        assert!(tokio::time::timeout(Duration::from_millis(20), serial.turn(&a)).await.is_err());
        drop(serial.turn(&b).await);
        drop(held);
        drop(serial.turn(&a).await);
    }
}
