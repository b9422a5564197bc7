//! Why a verb did not succeed, and what that makes of the exit code.

use std::io;

use nix::libc::SIGPIPE;

use super::{exit, output};
use crate::client::ClientError;

/// How every verb ends: with an exit code.
pub(super) type Outcome = Result<i32, CliError>;

/// Why a verb did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// What was typed cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// The daemon refused, or is not there.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Output could not be written, or something local failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What the daemon's answer holds cannot be shown.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The stream ended, the container did not.
    #[error("lost the output of {0}, which goes on: follow it with 'causeway logs -f {0}'")]
    OutputLost(String),
    /// The connection to a command in a container ended before the command did.
    #[error("lost the command that ran in {0}: causewayd ended the connection; look into its log")]
    CommandLost(String),
    /// A signal came before the command was started; what had been made is removed.
    #[error("interrupted before the command was started: nothing is left of it")]
    Interrupted(i32),
}

impl CliError {
    /// Prints it as one line and says which exit code it makes.
    pub(super) fn explain(&self, runs_a_command: bool) -> i32 {
        if !self.reader_has_gone() {
            output::complain(self);
        }
        self.exit_code(runs_a_command)
    }

    fn exit_code(&self, runs_a_command: bool) -> i32 {
        match self {
            Self::Interrupted(signal) => exit::of_signal(*signal),
            _ if self.reader_has_gone() => exit::of_signal(SIGPIPE),
            Self::Client(error) if runs_a_command => error.exit_code().unwrap_or(exit::NOT_RUN),
            _ if runs_a_command => exit::NOT_RUN,
            Self::Usage(_) | Self::Client(ClientError::InvalidHost(_)) => exit::USAGE,
            _ => exit::REFUSED,
        }
    }

    /// True where whoever read our output has closed it: no reason to complain, nor anybody who reads it.
    fn reader_has_gone(&self) -> bool {
        matches!(self, Self::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::Failure;

    fn refused(exit_code: Option<i32>) -> CliError {
        ClientError::Refused(Failure { message: "no".to_owned(), exit_code }).into()
    }

    #[test]
    fn codes_depend_on_what_failed_and_on_the_verb() {
        let pipe = || CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        let rows = [
            (CliError::Usage(String::new()), 2, 125),
            (ClientError::InvalidHost(String::new()).into(), 2, 125),
            (ClientError::NoDaemon("/x".into()).into(), 1, 125),
            (refused(None), 1, 125),
            (refused(Some(127)), 1, 127),
            (CliError::OutputLost(String::new()), 1, 125),
            (CliError::Interrupted(2), 130, 130),
            (pipe(), 141, 141),
        ];
        for (error, plain, runs) in rows {
            assert_eq!((error.exit_code(false), error.exit_code(true)), (plain, runs), "{error:?}");
        }
    }
}
