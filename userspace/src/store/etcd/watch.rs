//! Following etcd's changes.

use std::collections::VecDeque;

use etcd_client::{Client, WatchOptions, WatchResponse, WatchStream};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

use super::{ROOT, members::Members, reason::Failure, translate};
use crate::store::{Change, Revision, StoreError};

/// The largest message taken from a watch. A watcher that catches up gets up to 1000 revisions in one
/// message (`watchBatchMaxRevs` in etcd's mvcc), and each is at most 1.5 MiB though hardly ever over a few KiB.
const LARGEST_MESSAGE: usize = 512 << 20;

/// Follows every change after `after`.
pub(super) async fn begin(
    members: &Members,
    after: Revision,
) -> Result<BoxStream<'static, Result<Change, StoreError>>, StoreError> {
    let watch = |client: Client| async move {
        // Not fragmented: etcd then never splits a revision between two messages.
        let options = WatchOptions::new()
            .with_range(translate::range_end())
            .with_start_revision(translate::signed(after + 1));
        let mut watcher = client.watch_client().max_decoding_message_size(LARGEST_MESSAGE);
        let mut stream = watcher.watch(ROOT, Some(options)).await?;
        let first = stream.message().await?;
        Ok((stream, first))
    };
    let (stream, first) = members.call_any(watch).await.map_err(|f| members.error(f))?;
    let mut watch = Watch { members: members.clone(), stream: Some(stream), after, ready: VecDeque::new() };
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
    after: Revision,
    ready: VecDeque<Change>,
}

async fn next(mut watch: Watch) -> Option<(Result<Change, StoreError>, Watch)> {
    loop {
        if let Some(change) = watch.ready.pop_front() {
            return Some((Ok(change), watch));
        }
        let taken = match watch.stream.as_mut()?.message().await {
            Ok(Some(message)) => watch.take_in(&message),
            Ok(None) => Err(watch.ended()),
            Err(error) => Err(watch.members.error(error.into())),
        };
        if let Err(error) = taken {
            watch.stream = None;
            return Some((Err(error), watch));
        }
    }
}

impl Watch {
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
        for (revision, key, value) in message.events().iter().filter_map(translate::event) {
            match self.ready.back_mut() {
                Some(change) if change.revision == revision => change.keys.push((key, value)),
                _ => self.ready.push_back(Change { revision, keys: vec![(key, value)] }),
            }
        }
        Ok(())
    }
}
