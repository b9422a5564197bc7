//! `clean`: remove what was built. The toolchain stays: it is expensive and does not grow stale.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::{lab, tree};

/// Removes everything under `target/` but the toolchain.
pub(crate) fn run() -> Result<()> {
    ensure!(!lab::record_file().exists(), "a lab is up: run `cargo xtask lab down` first");
    let toolchain = tree::toolchain();
    for entry in fs::read_dir(tree::target())?.flatten() {
        let path = entry.path();
        if path == toolchain {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| path.display().to_string())?;
    }
    Ok(())
}
