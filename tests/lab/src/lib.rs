//! A cluster on one machine: nodes and one outside client as network namespaces, a switch between
//! them, etcd and the daemons.
//!
//! ```text
//!   cw-node1              cw-node2              cw-client
//!   causewayd             causewayd
//!   eth0 198.18.0.1       eth0 198.18.0.2       eth0 198.18.0.100
//!        |                     |                     |
//!      port1                 port2                client        GRO on
//!   ---+---------------------+---------------------+--- br0 198.18.0.254, etcd     (cw-switch)
//! ```
//!
//! With several members of etcd each has a namespace of its own, `cw-etcd1`…, at 198.18.0.251….
//!
//! Everything enters namespaces by `setns` in the child or on a thread of its own: `ip netns exec`
//! would hide bpffs and cgroup2. Whatever was made is removed when its guard is dropped, also after
//! a failure half-way and after Ctrl-C ([`stop`]).

pub mod bins;
pub mod bpffs;
pub mod capture;
pub mod daemon;
pub mod etcd;
pub mod ip;
pub mod lab;
pub mod layout;
pub mod netns;
pub mod node;
pub mod process;
pub mod residue;
pub mod run;
pub mod spawn;
pub mod stop;
pub mod switch;
pub mod wait;

pub use etcd::Member;
pub use lab::{Builder, Lab};
pub use layout::{Layout, Store};
pub use netns::Netns;
pub use node::Node;
pub use process::Process;
pub use run::Output;
