//! Operations that go on to their end though the caller went away.

use super::{Error, Result};

/// Runs `work` as a task of its own: a connection that breaks must not leave half of it behind.
///
/// # Errors
/// Those of `work`; [`Error::Internal`] where it panicked.
pub(super) async fn whole<T, F>(work: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::internal("the request did not end", error)),
    }
}
