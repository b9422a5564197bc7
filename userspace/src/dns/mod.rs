//! Names: the resolver that every container of a user-defined network finds at 127.0.0.11.
//!
//! ```text
//! State --names--> Names (pure)                     one zone a network, one client a container
//!                    |
//! datagram, frame -> receive -> answer (pure) --known------> reply
//!                                  `--unknown--> forward --> the host's servers or `--dns`, hedged
//! ```
//!
//! How the daemon uses it: [`Server::start`] once; on each change of the state
//! `server.update(Arc::new(Names::build(&state, &node, &silent, &server.names())))`; [`Server::serve`] for each
//! container that [`Names::client`] knows, after its endpoints are recorded and before its process
//! starts, and [`Server::stop`] when it ends; [`Server::counts`] for `/metrics`.
//!
//! RFC 1035 (messages), 2181 (truncation), 2782 (SRV), 6891 (EDNS), 7766 (TCP), 9619 (one question).

mod answer;
mod counters;
mod forward;
mod limits;
mod names;
mod open;
mod receive;
mod reply;
mod resolver;
mod server;
mod shard;
mod tcp;
mod udp;
#[cfg(test)]
mod world;

pub use answer::{Answer, Outcome, answer};
pub use counters::{Counters, Counts};
pub use forward::{matching, name_servers};
pub use names::{Client, Names};
pub use receive::{Ask, Transport, Verdict, receive};
pub use server::{Config, DnsPorts, Served, Server, Sockets};
