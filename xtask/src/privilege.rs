//! Being root, or not.

use anyhow::{Result, ensure};
use nix::unistd::Uid;

/// Fails in one line unless we are root.
///
/// # Errors
/// Names the verb.
pub(crate) fn need_root(verb: &str) -> Result<()> {
    ensure!(
        Uid::effective().is_root(),
        "`cargo xtask {verb}` makes network namespaces and loads programs into the kernel: run it as root"
    );
    Ok(())
}
