//! Endpoints: one container's attachment to one network.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{Id, Mac};

/// An endpoint as the store holds it. Its key in the store is its network and address, so an
/// address that has been handed out is an endpoint that exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its identifier; the host-side interface is named after it ([`Endpoint::host_ifname`]).
    pub id: Id,
    /// The network.
    pub network: Id,
    /// The container.
    pub container: Id,
    /// The container's name: other nodes do not know the container itself.
    pub container_name: String,
    /// The node that the container lives on.
    pub node: Id,
    /// The address.
    pub addr: Ipv4Addr,
    /// Length of the subnet's prefix.
    pub prefix_len: u8,
    /// VNI of the address's subnet.
    pub vni: u32,
    /// The container interface's MAC.
    pub mac: Mac,
    /// The container interface's name: eth0, eth1, …
    pub ifname: String,
    /// `--network-alias`.
    pub aliases: Vec<String>,
    /// True where the user asked for this very address.
    pub fixed: bool,
    /// Host name of the container's process, by which it is found, too; none for an attached namespace.
    #[serde(default)]
    pub hostname: Option<String>,
}

impl Endpoint {
    /// Name of the interface on the host's side: `cw` and 12 digits of the id (at most 15 characters).
    pub fn host_ifname(&self) -> String {
        format!("cw{}", self.id.short())
    }

    /// Name of the other end until Docker's engine has moved it into a sandbox: `cwi` and the same digits.
    pub fn waiting_ifname(&self) -> String {
        format!("cwi{}", self.id.short())
    }

    /// Whether an interface's name is that of an end that waits for Docker's engine.
    pub fn is_waiting_ifname(name: &str) -> bool {
        name.strip_prefix("cwi").is_some_and(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()))
    }

    /// Whether an interface's name is that of some endpoint's host side.
    pub fn is_host_ifname(name: &str) -> bool {
        name.strip_prefix("cw").is_some_and(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}
