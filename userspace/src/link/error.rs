//! What can go wrong on netlink, each in one line that names the interface and what was tried.

use std::{fmt::Display, io, net::Ipv4Addr};

use rtnetlink::Error as Netlink;

use crate::runtime::RuntimeError;

/// A failure on netlink.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The kernel refused a request.
    #[error("cannot {action}: {source}")]
    Refused {
        /// What was tried, and on what.
        action: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// An interface of that name is there already.
    #[error("cannot create interface {name} in {place}: it exists")]
    Exists {
        /// The interface.
        name: String,
        /// The namespace.
        place: String,
    },
    /// No interface of that name.
    #[error("there is no interface {name} in {place}")]
    Missing {
        /// The interface.
        name: String,
        /// The namespace.
        place: String,
    },
    /// No default route to choose the underlay by.
    #[error("no default route tells which interface is the underlay: name it with --underlay ADDR|IFACE")]
    NoDefaultRoute,
    /// `--underlay` names nothing that is here.
    #[error(
        "no interface is named '{0}' or has that address: give --underlay an interface or an address of this host"
    )]
    NoUnderlay(String),
    /// The underlay's interface is down.
    #[error(
        "underlay interface {0} is down: set it up (ip link set {0} up) or choose another with --underlay"
    )]
    UnderlayDown(String),
    /// The underlay's interface has no IPv4 address.
    #[error("underlay interface {0} has no IPv4 address: give it one or choose another with --underlay")]
    UnderlayWithoutAddress(String),
    /// The underlay's interface is no Ethernet interface.
    #[error("underlay interface {0} has no MAC address: choose an Ethernet interface with --underlay")]
    UnderlayWithoutMac(String),
    /// A route to a node that cannot carry packets.
    #[error("no route to node address {0}: check the underlay's routes")]
    NoRoute(Ipv4Addr),
    /// The namespace could not be opened or entered.
    #[error(transparent)]
    Netns(#[from] RuntimeError),
}

impl LinkError {
    /// The kernel's error number, where it gave one.
    pub(super) fn errno(&self) -> Option<i32> {
        match self {
            Self::Refused { source, .. } => source.raw_os_error(),
            _ => None,
        }
    }
}

/// Turns netlink's failure into a line that says what was tried.
pub(super) trait Doing<T> {
    /// Adds `action`, which continues the sentence "cannot …".
    fn doing<A: Display>(self, action: impl FnOnce() -> A) -> Result<T, LinkError>;
}

impl<T> Doing<T> for Result<T, Netlink> {
    fn doing<A: Display>(self, action: impl FnOnce() -> A) -> Result<T, LinkError> {
        self.map_err(|error| LinkError::Refused { action: action().to_string(), source: cause(error) })
    }
}

impl<T> Doing<T> for io::Result<T> {
    fn doing<A: Display>(self, action: impl FnOnce() -> A) -> Result<T, LinkError> {
        self.map_err(|source| LinkError::Refused { action: action().to_string(), source })
    }
}

fn cause(error: Netlink) -> io::Error {
    match error {
        Netlink::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other.to_string()),
    }
}
