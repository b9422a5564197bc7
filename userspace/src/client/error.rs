//! Why a call did not succeed, in one line that says what to do.

use std::{io, path::PathBuf};

use crate::api::{stream::FrameError, types::Failure};

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// `--host` is no address.
    #[error("'{0}' is not a daemon's address: write unix:// and the absolute path of its socket")]
    InvalidHost(String),
    /// Nobody listens there.
    #[error(
        "cannot connect to unix://{}: is causewayd running? Start it, or name its socket with \
         --host or $CAUSEWAY_HOST", .0.display()
    )]
    NoDaemon(PathBuf),
    /// The socket is there, but not for this user.
    #[error(
        "cannot connect to unix://{}: permission denied: run as root or as a member of group causeway",
        .0.display()
    )]
    Denied(PathBuf),
    /// Any other failure to connect.
    #[error("cannot connect to unix://{}: {error}", .socket.display())]
    Connect {
        /// The socket.
        socket: PathBuf,
        /// What the kernel said.
        error: io::Error,
    },
    /// The daemon answered that it will not.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// The connection ended before the answer did.
    #[error("causewayd ended the connection before it answered ({0}): look into its log, then try again")]
    Broken(String),
    /// The answer is not what this version knows.
    #[error("causewayd's answer cannot be read ({0}): use causeway and causewayd of one version")]
    Unreadable(String),
}

impl ClientError {
    /// What failed while connecting to `socket`.
    pub(super) fn connecting(socket: PathBuf, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Self::NoDaemon(socket),
            io::ErrorKind::PermissionDenied => Self::Denied(socket),
            _ => Self::Connect { socket, error },
        }
    }

    /// True where there was nobody to ask: asking again for something else is of no use.
    pub fn is_nobody_there(&self) -> bool {
        matches!(self, Self::InvalidHost(_) | Self::NoDaemon(_) | Self::Denied(_) | Self::Connect { .. })
    }

    /// The exit code that the daemon asks for: 126 or 127 where the command is to blame.
    pub fn exit_code(&self) -> Option<i32> {
        match self {
            Self::Refused(failure) => failure.exit_code,
            _ => None,
        }
    }
}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<FrameError> for ClientError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(e) => Self::Broken(e.to_string()),
            FrameError::Truncated => Self::Broken(error.to_string()),
            _ => Self::Unreadable(error.to_string()),
        }
    }
}
