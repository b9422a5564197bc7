//! Names and services on clusters: who is found under which name, and who answers behind an address.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod balance;
mod beginning;
mod cast;
mod clients;
mod datagrams;
mod dig;
mod draining;
mod ending;
mod figures;
mod forwarding;
mod mesh;
mod names;
mod nodes;
mod outside;
mod scope;
mod server;
mod sockets;
mod table;
mod talk;
mod together;
mod walk;
