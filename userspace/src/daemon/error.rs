//! Why a request was not done: one line that names the thing and the way out.

use crate::{api::types::Failure, desired::Refusal, store::StoreError};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request asks for what cannot be.
    #[error("{0}")]
    BadRequest(String),
    /// What it names is not there.
    #[error("{0}")]
    NotFound(String),
    /// Something that is there is in its way.
    #[error("{0}")]
    InTheWay(String),
    /// The desired state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The container's command cannot be executed.
    #[error("{message}")]
    NotExecuted {
        /// 126: cannot be executed; 127: not found.
        code: i32,
        /// Which command and why.
        message: String,
    },
    /// The machine did not do what it was asked.
    #[error("{0}")]
    Internal(String),
}

/// The result of a request.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The daemon's own fault, with what it was about.
    pub fn internal(what: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self::Internal(format!("{what}: {error}"))
    }

    /// What goes over the API.
    pub fn failure(&self) -> Failure {
        let exit_code = match self {
            Self::NotExecuted { code, .. } => Some(*code),
            _ => None,
        };
        Failure { message: one_line(&self.to_string()), exit_code }
    }
}

/// Errors of libraries may have several lines; users get one.
fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let error = Error::internal("eth0", "first\n  second\n");
        assert_eq!(error.failure().message, "eth0: first; second");
    }
}
