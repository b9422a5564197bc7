//! `demo`: three nodes, one overlay network, real traffic between containers.

use anyhow::Result;

/// Shows it, and leaves nothing behind.
pub(crate) fn run() -> Result<()> {
    anyhow::bail!("the demo needs a daemon that runs; not yet")
}
