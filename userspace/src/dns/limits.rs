//! Bounds, so that a slow or malicious client harms only itself.

use std::time::Duration;

/// Forwarded queries that wait for an answer at once, of all containers together (Docker's figure).
pub(super) const FORWARDS: usize = 1024;
/// Likewise of one container: eight greedy ones are needed to use up [`FORWARDS`].
pub(super) const FORWARDS_OF_A_CONTAINER: usize = 128;
/// TCP connections of one container.
pub(super) const CONNECTIONS: usize = 64;
/// How long a TCP client may take for its next whole query, or for reading an answer (RFC 7766 §6.2.3).
pub(super) const IDLE: Duration = Duration::from_secs(10);
/// Longest query that is read, bytes; real ones have a few hundred.
pub(super) const LONGEST_QUERY: usize = 4096;
/// Longest answer over UDP without EDNS, bytes (RFC 1035 §4.2.1).
pub(super) const PLAIN_UDP: usize = 512;
/// Longest answer over UDP with EDNS, bytes: a container's `lo` carries it without fragments.
pub(super) const LONGEST_UDP: u16 = 4096;
/// Servers that are asked for one query (resolv.conf(5)).
pub(super) const SERVERS: usize = 3;
/// How long one server is waited for before the next one is asked as well.
pub(super) const HEDGE: Duration = Duration::from_millis(250);
/// How long one server is waited for at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);
/// Most threads that answer.
pub(super) const SHARDS: usize = 4;
