//! What etcd's errors mean.

use std::error::Error as _;

use crate::store::StoreError;

/// What became of a call.
#[derive(Debug)]
pub(super) enum Failure {
    /// This member does not answer, or has no leader: another one may.
    Away(String),
    /// etcd has answered, with a refusal.
    Refused(String),
    /// The revision asked for is compacted.
    Compacted,
    /// The lease to be renewed is gone.
    Lost,
}

impl Failure {
    pub(super) fn into_error(self, store: String) -> StoreError {
        match self {
            Self::Away(reason) => StoreError::Unreachable { store, reason },
            Self::Refused(reason) => StoreError::Failed { store, reason },
            Self::Compacted => StoreError::Compacted(0),
            Self::Lost => StoreError::Failed { store, reason: "the lease has ended".to_owned() },
        }
    }
}

/// gRPC's status codes (<https://grpc.github.io/grpc/core/md_doc_statuscodes.html>) for a server that is away.
const CANCELLED: i32 = 1;
const UNKNOWN: i32 = 2;
const DEADLINE_EXCEEDED: i32 = 4;
const OUT_OF_RANGE: i32 = 11;
const UNAVAILABLE: i32 = 14;

impl From<etcd_client::Error> for Failure {
    fn from(error: etcd_client::Error) -> Self {
        let status = match error {
            etcd_client::Error::GRpcStatus(status) => status,
            etcd_client::Error::LeaseKeepAliveError(text) if text == "lease not found" => return Self::Lost,
            other => return Self::Away(one_line(&other.to_string())),
        };
        match i32::from(status.code()) {
            OUT_OF_RANGE if status.message().contains("compacted") => Self::Compacted,
            CANCELLED | UNKNOWN | DEADLINE_EXCEEDED | UNAVAILABLE => {
                let mut cause = status.source();
                while let Some(deeper) = cause.and_then(|c| c.source()) {
                    cause = Some(deeper);
                }
                Self::Away(one_line(&cause.map_or_else(|| status.message().to_owned(), ToString::to_string)))
            }
            _ => Self::Refused(one_line(status.message())),
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}
