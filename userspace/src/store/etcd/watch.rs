//! Following etcd's changes.

use std::collections::VecDeque;

use etcd_client::{Client, Event, WatchOptions, WatchResponse, WatchStream};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;

use super::{members::Members, reason::Failure, translate};
use crate::store::{Change, Revision, StoreError};

/// The largest message taken from a watch. A watcher that catches up gets up to 1000 revisions in one
/// message (`watchBatchMaxRevs` in etcd's mvcc), and each is at most 1.5 MiB though hardly ever over a few KiB.
const LARGEST_MESSAGE: usize = 512 << 20;

/// Follows every change of keys under `prefix` after `after`.
pub(super) async fn begin(
    members: &Members,
    prefix: &str,
    after: Revision,
) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
    let prefix = &translate::absolute(prefix);
    let watch = |client: Client| async move {
        // Not fragmented: etcd then never splits a revision between two messages.
        let options = WatchOptions::new()
            .with_range(translate::end_of(prefix))
            .with_start_revision(translate::signed(after + 1));
        let mut watcher = client.watch_client().max_decoding_message_size(LARGEST_MESSAGE);
        let mut stream = watcher.watch(prefix.as_str(), Some(options)).await?;
        let first = stream.message().await?;
        Ok((stream, first))
    };
    let mut current = members.current();
    let (stream, first) = members.ask(watch).await?;
    current.mark_unchanged();
    let mut watch =
        Watch { members: members.clone(), stream: Some(stream), current, after, ready: VecDeque::new() };
    match first {
        Some(first) => watch.take_in(&first)?,
        None => return Err(watch.ended()),
    }
    Ok(stream::unfold(watch, next).boxed())
}

struct Watch {
    members: Members,
    /// None after an error: that was the end.
    stream: Option<WatchStream>,
    /// Changes when the member that this watch is at did not answer somebody else.
    current: watch::Receiver<usize>,
    after: Revision,
    ready: VecDeque<Change>,
}

async fn next(mut watch: Watch) -> Option<(Result<Change, StoreError>, Watch)> {
    loop {
        if let Some(change) = watch.ready.pop_front() {
            return Some((Ok(change), watch));
        }
        watch.stream.as_ref()?;
        if let Err(error) = watch.hear().await {
            watch.stream = None;
            watch.members.failed();
            return Some((Err(error), watch));
        }
    }
}

impl Watch {
    /// Takes in the next message.
    async fn hear(&mut self) -> Result<(), StoreError> {
        let stream =
            self.stream.as_mut().ok_or_else(|| self.members.error(Failure::Away("ended".to_owned())))?;
        let message = tokio::select! {
            message = stream.message() => message,
            _ = self.current.changed() => return Err(self.members.error(Failure::Away("its member is away".to_owned()))),
        };
        match message {
            Ok(Some(message)) => self.take_in(&message),
            Ok(None) => Err(self.ended()),
            Err(error) => Err(self.members.error(error.into())),
        }
    }

    fn ended(&self) -> StoreError {
        self.members.error(Failure::Away("it has ended the watch".to_owned()))
    }

    fn take_in(&mut self, message: &WatchResponse) -> Result<(), StoreError> {
        if message.compact_revision() > 0 {
            return Err(StoreError::Compacted(self.after));
        }
        if message.canceled() {
            return Err(self.members.error(Failure::Away(message.cancel_reason().to_owned())));
        }
        self.members.saw(message.events().iter().filter_map(Event::kv));
        for (revision, key, value) in message.events().iter().filter_map(translate::event) {
            match self.ready.back_mut() {
                Some(change) if change.revision == revision => change.keys.push((key, value)),
                _ => self.ready.push_back(Change { revision, keys: vec![(key, value)] }),
            }
        }
        Ok(())
    }
}
