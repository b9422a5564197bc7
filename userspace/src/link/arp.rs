//! How soon a container asks again for a neighbour.

use std::{fs, io};

/// Milliseconds between two questions (arp(7)); the kernel's own are 1000. All answers come from the
/// program at the other end of the pair, so none is lost but where the question came before the program,
/// as when somebody elsewhere was waiting for the container: it would answer a whole second late.
const RETRANS_MS: u32 = 50;

/// Has the interface ask again soon, in the calling thread's namespace.
pub(super) fn ask_soon(name: &str) -> io::Result<()> {
    fs::write(format!("/proc/sys/net/ipv4/neigh/{name}/retrans_time_ms"), RETRANS_MS.to_string())
}
