//! What can go wrong with a store.

use super::Revision;

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition did not hold: somebody else was faster. Read again and decide again.
    #[error("the store has changed meanwhile")]
    Conflict,
    /// Changes after the revision asked for are no longer all known. Take a snapshot.
    #[error("changes after revision {0} are no longer known")]
    Compacted(Revision),
    /// It does not answer.
    #[error(
        "the store at {store} cannot be reached ({reason}); existing networks go on, try again when it is back"
    )]
    Unreachable {
        /// [`super::Store::describe`].
        store: String,
        /// Why.
        reason: String,
    },
    /// It does not hold what was read in it before.
    #[error(
        "the store at {store} was emptied, or restored from before revision {revision}; nothing is removed here: \
         bring back what it held, or restart causewayd to go on with what it holds now"
    )]
    Replaced {
        /// [`super::Store::describe`].
        store: String,
        /// What was written at this revision is not there.
        revision: Revision,
    },
    /// It answered with something else than what is expected, or its file cannot be used.
    #[error("the store at {store} failed: {reason}")]
    Failed {
        /// [`super::Store::describe`].
        store: String,
        /// Why.
        reason: String,
    },
}
