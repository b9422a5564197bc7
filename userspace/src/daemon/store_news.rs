//! Says in the log when the store goes away, when it is back, and what in it cannot be read.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::ledger::Ledger;
use crate::store::Connection;

/// Goes on until the mirror is gone.
pub(super) async fn tell(mut connection: watch::Receiver<Connection>) {
    let mut told = None;
    loop {
        match (&*connection.borrow_and_update(), &told) {
            (Connection::Lost(reason), _) if told.as_ref() != Some(reason) => {
                tracing::error!(reason, "the store is not followed; what was last known stays in force");
                told = Some(reason.clone());
            }
            (Connection::Connected, Some(_)) => {
                tracing::info!("the store is followed again");
                told = None;
            }
            _ => {}
        }
        if connection.changed().await.is_err() {
            return;
        }
    }
}

/// Says once of each record that it cannot be read, and again where it could be meanwhile; goes on until the
/// mirror is gone.
pub(super) async fn tell_unreadable(ledger: Ledger) {
    let (mut changes, mut told) = (ledger.mirror.changed(), BTreeSet::new());
    loop {
        let now: BTreeSet<String> = ledger.read(|s| s.unreadable.clone());
        for key in now.difference(&told) {
            tracing::error!(key, "this record of the store cannot be read; it counts as not changed");
        }
        told = now;
        if changes.changed().await.is_err() {
            return;
        }
    }
}
