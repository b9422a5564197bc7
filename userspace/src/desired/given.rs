//! Time and randomness, which a pure decision cannot make itself.

use std::fmt;

use crate::model::Id;

/// Time and randomness for one decision.
pub struct Given<'g> {
    /// Now, seconds since 1970 UTC.
    pub now: u64,
    /// Makes a new random identifier: [`Id::random`] outside of tests.
    pub fresh_id: &'g mut dyn FnMut() -> Id,
}

impl fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("now", &self.now).finish_non_exhaustive()
    }
}
