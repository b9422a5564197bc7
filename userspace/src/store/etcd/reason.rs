//! What etcd's errors mean.

use std::error::Error as _;

use crate::store::StoreError;

/// What became of a call.
#[derive(Debug)]
pub(super) enum Failure {
    /// This member does not answer: another one may.
    Away(String),
    /// This member has no leader: that passes, or another one has.
    Leaderless(String),
    /// etcd has answered, with a refusal.
    Refused(String),
    /// The revision asked for is compacted.
    Compacted,
    /// The revision asked for is yet to come.
    Future,
    /// The token is from before users or roles were changed.
    OldToken,
    /// The lease to be renewed is gone.
    Lost,
    /// What was there at this revision has not been: another history.
    Replaced(u64),
}

impl Failure {
    pub(super) fn into_error(self, store: String) -> StoreError {
        match self {
            Self::Away(reason) | Self::Leaderless(reason) => StoreError::Unreachable { store, reason },
            Self::Refused(reason) => StoreError::Failed { store, reason },
            Self::Compacted => StoreError::Compacted(0),
            Self::Future => StoreError::Failed { store, reason: "the revision is yet to come".to_owned() },
            Self::OldToken => StoreError::Failed { store, reason: "users keep changing".to_owned() },
            Self::Lost => StoreError::Failed { store, reason: "the lease has ended".to_owned() },
            Self::Replaced(revision) => StoreError::Replaced { store, revision },
        }
    }

    /// Whether another member, or this one a little later, may do better.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Leaderless(_))
    }

    /// Whether the call was certainly not carried out: a member without a leader takes none.
    pub(super) fn was_not_begun(&self) -> bool {
        matches!(self, Self::Leaderless(text) if text.ends_with("no leader"))
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
        let message = status.message();
        match i32::from(status.code()) {
            _ if message.contains("revision of auth store is old") => Self::OldToken,
            OUT_OF_RANGE if message.contains("compacted") => Self::Compacted,
            OUT_OF_RANGE if message.contains("future revision") => Self::Future,
            UNAVAILABLE if message.contains("leader") => Self::Leaderless(one_line(message)),
            CANCELLED | UNKNOWN | DEADLINE_EXCEEDED | UNAVAILABLE => {
                let mut cause = status.source();
                while let Some(deeper) = cause.and_then(|c| c.source()) {
                    cause = Some(deeper);
                }
                Self::Away(one_line(&cause.map_or_else(|| message.to_owned(), ToString::to_string)))
            }
            _ => Self::Refused(with_way_out(&one_line(message))),
        }
    }
}

/// etcd's refusals that the configuration can mend, and how.
const WAYS_OUT: &[(&str, &str)] = &[
    ("invalid user ID or password", "correct [etcd] user and password_file"),
    ("user name is empty", "name a user with [etcd] user and password_file"),
    ("authentication is not enabled", "it knows no users: leave [etcd] user out"),
    ("permission denied", "its user needs a role that may read and write all keys under /causeway/"),
];

fn with_way_out(message: &str) -> String {
    let known = WAYS_OUT.iter().find(|(part, _)| message.contains(part));
    known.map_or_else(|| message.to_owned(), |(_, way_out)| format!("{message}; {way_out}"))
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}
