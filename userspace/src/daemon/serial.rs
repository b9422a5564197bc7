//! One operation at a time on each container.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::model::Id;

/// Locks by container; they exist while somebody holds or awaits them.
#[derive(Debug, Default)]
pub(super) struct Serial {
    locks: Mutex<HashMap<Id, Weak<AsyncMutex<()>>>>,
}

impl Serial {
    /// Waits for its turn with a container; the turn ends when the guard is dropped.
    pub(super) async fn turn(&self, id: &Id) -> OwnedMutexGuard<()> {
        self.lock_of(id).lock_owned().await
    }

    fn lock_of(&self, id: &Id) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = locks.get(id).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::default();
        locks.insert(id.clone(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
