//! Sentences about nodes and containers, each shown on a cluster of network namespaces.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounting;
mod addresses;
mod aggregated;
mod arp;
mod attaching;
mod audit;
mod cast;
mod checksums;
mod cleaning;
mod connectivity;
mod datagrams;
mod driven;
mod egress;
mod frames;
mod hostile;
mod isolation;
mod kills;
mod load;
mod reading;
mod restart;
mod scattered;
mod silence;
mod store_away;
mod stream;
mod subnets;
mod transfer;
mod tunnels;
mod twice;
mod upgrade;
mod uplink;
mod wire;
