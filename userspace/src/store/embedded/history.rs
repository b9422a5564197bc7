//! The latest changes, for watchers.

use std::collections::VecDeque;

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::store::{Change, Revision, StoreError};

/// Changes kept for watchers that begin late, and for those that are slow.
const KEPT: usize = 1024;

/// The latest changes and who is told of new ones.
#[derive(Debug)]
pub(super) struct History {
    /// Every change after this revision is in `changes`.
    since: Revision,
    changes: VecDeque<Change>,
    watchers: broadcast::Sender<Change>,
}

impl History {
    /// A history that begins after `since`.
    pub(super) fn from(since: Revision) -> Self {
        Self { since, changes: VecDeque::new(), watchers: broadcast::Sender::new(KEPT) }
    }

    /// Adds a change, unless it is empty, and tells the watchers.
    pub(super) fn publish(&mut self, change: Change) {
        if change.keys.is_empty() {
            return;
        }
        // Fails where nobody watches.
        let _ = self.watchers.send(change.clone());
        self.changes.push_back(change);
        if self.changes.len() > KEPT
            && let Some(oldest) = self.changes.pop_front()
        {
            self.since = oldest.revision;
        }
    }

    pub(super) fn watch(
        &self,
        prefix: &str,
        after: Revision,
    ) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
        if after < self.since {
            return Err(StoreError::Compacted(after));
        }
        let known: Vec<_> = self.changes.iter().filter(|c| c.revision > after).cloned().map(Ok).collect();
        let seen = self.changes.back().map_or(self.since, |c| c.revision);
        let coming = stream::unfold(Some((self.watchers.subscribe(), seen)), next);
        let prefix = prefix.to_owned();
        let under = move |change: Result<Change, StoreError>| std::future::ready(within(&prefix, change));
        Ok(stream::iter(known).chain(coming).filter_map(under).boxed())
    }
}

/// What a change has changed under a prefix; `None` where that is nothing.
fn within(prefix: &str, change: Result<Change, StoreError>) -> Option<Result<Change, StoreError>> {
    let mut change = match change {
        Ok(change) => change,
        error => return Some(error),
    };
    change.keys.retain(|(key, _)| key.starts_with(prefix));
    (!change.keys.is_empty()).then_some(Ok(change))
}

type Watcher = (broadcast::Receiver<Change>, Revision);

/// The next change; after a watcher has fallen behind, that error and then the end.
async fn next(watcher: Option<Watcher>) -> Option<(Result<Change, StoreError>, Option<Watcher>)> {
    let (mut receiver, seen) = watcher?;
    match receiver.recv().await {
        Ok(change) => {
            let seen = change.revision;
            Some((Ok(change), Some((receiver, seen))))
        }
        Err(RecvError::Lagged(_)) => Some((Err(StoreError::Compacted(seen)), None)),
        Err(RecvError::Closed) => None,
    }
}
