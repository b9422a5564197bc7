//! Names, addresses and directories of a lab: all of it follows from a few numbers.

use std::{net::Ipv4Addr, path::PathBuf};

use serde::{Deserialize, Serialize};

/// The most nodes a lab can have: 198.18.0.100 is the client's.
pub const MOST_NODES: u8 = 99;
/// Number of the outside client's address.
pub const CLIENT: u8 = 100;
/// Number of the switch's address, where a lone etcd listens.
pub const SWITCH: u8 = 254;
/// The most members that etcd can have here.
pub const MOST_MEMBERS: u8 = 3;
/// Number of the address before that of the first of several members of etcd.
const MEMBERS: u8 = 250;
/// Port on which etcd serves its clients.
pub const ETCD_PORT: u16 = 2379;
/// Where pins of labs live, a directory a node.
pub const PINS: &str = "/sys/fs/bpf/causeway-lab";

/// Which store the daemons use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Store {
    /// One etcd for all nodes.
    Etcd,
    /// Each node has a store, and so a cluster, of its own.
    Embedded,
}

/// What a lab is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Layout {
    /// Begins the name of every namespace.
    pub prefix: String,
    /// Number of nodes, at most [`MOST_NODES`].
    pub nodes: u8,
    /// The underlay's MTU, bytes.
    pub mtu: u32,
    /// Which store the daemons use.
    pub store: Store,
    /// Number of members of etcd, at most [`MOST_MEMBERS`]; a lone one lives on the switch.
    #[serde(default = "one")]
    pub members: u8,
    /// Whether nodes 1 and 2 have a wire between them that is the daemons' underlay.
    pub wired: bool,
    /// The only name server that the nodes' hosts know; the machine's own unless there is one.
    pub name_server: Option<Ipv4Addr>,
    /// The daemons' configuration file, as text.
    #[serde(default)]
    pub config: String,
    /// Directory of state, sockets and logs; removed with the lab.
    pub root: PathBuf,
    /// Directory of `causeway` and `causewayd`.
    pub bins: PathBuf,
}

impl Layout {
    /// Name of node `number`'s namespace; nodes count from 1.
    pub fn node_netns(&self, number: u8) -> String {
        format!("{}-node{number}", self.prefix)
    }

    /// Name of the outside client's namespace.
    pub fn client_netns(&self) -> String {
        format!("{}-client", self.prefix)
    }

    /// Name of the switch's namespace.
    pub fn switch_netns(&self) -> String {
        format!("{}-switch", self.prefix)
    }

    /// Directory of node `number`: `state`, `run`, its log and its pid.
    pub fn node_dir(&self, number: u8) -> PathBuf {
        self.root.join(format!("node{number}"))
    }

    /// Node `number`'s directory of pins.
    pub fn bpf_dir(&self, number: u8) -> PathBuf {
        PathBuf::from(PINS).join(self.node_netns(number))
    }

    /// Value of `--underlay` on node `number`.
    pub fn underlay(&self, number: u8) -> Ipv4Addr {
        if self.wired { wire_address(number) } else { address(number) }
    }

    /// Value of `--store`.
    pub fn store_spec(&self) -> String {
        match self.store {
            Store::Embedded => "embedded".to_owned(),
            Store::Etcd => format!("etcd://{}", self.etcd_endpoints().join(",")),
        }
    }

    /// `HOST:PORT` of each member of etcd.
    pub fn etcd_endpoints(&self) -> Vec<String> {
        let endpoint = |number| format!("{}:{ETCD_PORT}", address(self.member_number(number)));
        (1..=self.members).map(endpoint).collect()
    }

    /// Name of the namespace of etcd's member `number`, counted from 1.
    pub fn member_netns(&self, number: u8) -> String {
        if self.members == 1 { self.switch_netns() } else { format!("{}-etcd{number}", self.prefix) }
    }

    /// The last byte of the address of etcd's member `number`.
    pub fn member_number(&self, number: u8) -> u8 {
        if self.members == 1 { SWITCH } else { MEMBERS + number }
    }

    /// Every namespace that the lab makes.
    pub fn namespaces(&self) -> Vec<String> {
        let nodes = (1..=self.nodes).map(|number| self.node_netns(number));
        let own = if self.members == 1 { 0 } else { self.members };
        let members = (1..=own).map(|number| self.member_netns(number));
        nodes.chain(members).chain([self.client_netns(), self.switch_netns()]).collect()
    }
}

const fn one() -> u8 {
    1
}

/// Underlay address with this last byte (198.18.0.0/24 is for benchmarks, RFC 2544).
pub const fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 18, 0, last)
}

/// Address of node 1 or 2 on the wire between them.
pub const fn wire_address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 19, 0, last)
}
