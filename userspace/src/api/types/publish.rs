//! Published ports as they are asked for; the command line reads Docker's syntax into them.

use std::{fmt, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::model::Protocol;

/// Ports in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRange {
    /// The first one; not 0.
    pub first: u16,
    /// The last one; not below the first.
    pub last: u16,
}

impl PortRange {
    /// One port.
    pub const fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// How many ports; `None` where it is no range: it begins with 0, or ends before it begins.
    pub const fn count(self) -> Option<u16> {
        if self.first == 0 || self.last < self.first { None } else { Some(self.last - self.first + 1) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// One `-p [hostIP:][hostPort[-end]:]ctrPort[-end][/tcp|udp]`.
///
/// Ranges of one length are matched port by port. Several host ports for one container port mean
/// any one of them that is free. Every other combination of lengths is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishRequest {
    /// The host's address; by default what the network's option says, or every one (0.0.0.0).
    #[serde(default)]
    pub host_ip: Option<Ipv4Addr>,
    /// The host's ports; none (on the command line also 0): the daemon chooses.
    #[serde(default)]
    pub host: Option<PortRange>,
    /// The container's ports.
    pub container: PortRange,
    /// tcp or udp.
    pub protocol: Protocol,
    /// Who may reach it (`--source CIDR`); everyone if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Ipv4Net>,
}

/// One `--expose PORT[-END][/tcp|udp]`: published by `-P`, shown by `inspect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expose {
    /// The container's ports.
    pub ports: PortRange,
    /// tcp or udp.
    pub protocol: Protocol,
}
