//! Why a change was refused.

use std::net::Ipv4Addr;

use crate::{
    ipam,
    model::{InvalidName, Mac},
};

/// Why a change was refused: one line that names the thing and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message is its sentence")]
pub enum Refusal {
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error(transparent)]
    Address(#[from] ipam::Refusal),
    #[error("no {what} '{name}'; `causeway {list}` shows what there is")]
    NotFound { what: &'static str, name: String, list: &'static str },
    #[error("'{prefix}' begins the id of several {what}s; give more digits or the name")]
    Ambiguous { what: &'static str, prefix: String },
    #[error("{what} '{name}' exists already; choose another name or remove it first")]
    NameTaken { what: &'static str, name: String },
    #[error("bridge networks are not supported yet; create '{0}' with -d overlay")]
    Bridge(String),
    #[error("network '{network}' is in use by {users}; remove or detach them first")]
    NetworkInUse { network: String, users: String },
    #[error("network '{0}' is given twice; a container has one endpoint in a network")]
    NetworkTwice(String),
    #[error("MAC address {mac} cannot be used in network '{network}': it is {why}; choose another or none")]
    Mac { mac: Mac, network: String, why: &'static str },
    #[error("no command is given for container '{0}'; name the program to run")]
    NoCommand(String),
    #[error("no network is given for '{0}'; attach it to at least one with --network")]
    NoNetwork(String),
    #[error("container '{0}' is running; stop it first, or remove it with -f")]
    Running(String),
    #[error("container '{0}' is not running")]
    NotRunning(String),
    #[error("container '{0}' has run already; remove it and run it again")]
    HasRun(String),
    #[error("'{0}' is an attached namespace; use `causeway detach {0}`")]
    IsAttachment(String),
    #[error("'{0}' is a container that causeway runs; use `causeway rm {0}`")]
    IsNoAttachment(String),
    #[error("namespace {netns} is attached already, as '{name}'; detach that first")]
    NetnsTaken { netns: String, name: String },
    #[error("this node is not known to the store; restart causewayd to register it again")]
    NotRegistered,
    #[error(
        "node name '{0}' belongs to another node; start causewayd with another --node, or `causeway node rm {0}`"
    )]
    NodeNameTaken(String),
    #[error(
        "underlay address {vtep} belongs to node '{node}'; use another --underlay, or `causeway node rm {node}`"
    )]
    VtepTaken { vtep: Ipv4Addr, node: String },
    #[error("node '{0}' is alive; stop its causewayd first")]
    NodeAlive(String),
    #[error("node '{0}' still has containers; remove them first")]
    NodeInUse(String),
}

/// What sort of refusal it is: the API chooses the HTTP status by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong in itself (400).
    Invalid,
    /// Something that it names is not there (404).
    NotFound,
    /// It does not go together with what is there (409).
    Conflict,
}

impl Refusal {
    /// What sort of refusal it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Address(address) => address_kind(address),
            Self::Name(_)
            | Self::Ambiguous { .. }
            | Self::Bridge(_)
            | Self::NetworkTwice(_)
            | Self::Mac { .. }
            | Self::NoCommand(_)
            | Self::NoNetwork(_)
            | Self::IsAttachment(_)
            | Self::IsNoAttachment(_) => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }
}

fn address_kind(refusal: &ipam::Refusal) -> Kind {
    use ipam::Refusal as R;
    match refusal {
        R::OverlapsNetwork { .. }
        | R::PoolExhausted(_)
        | R::Exhausted(_)
        | R::AddressTaken { .. }
        | R::VniTaken(_)
        | R::VnisExhausted => Kind::Conflict,
        _ => Kind::Invalid,
    }
}
