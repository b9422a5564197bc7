//! Says in the log when the store goes away, and when it is back.

use tokio::sync::watch;

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
