//! Where the built binaries are.

use std::{env, path::PathBuf};

use anyhow::{Context as _, Result};

/// Variable that names another directory of binaries.
pub const VARIABLE: &str = "CAUSEWAY_BIN_DIR";

/// Directory of `causeway` and `causewayd`: `$CAUSEWAY_BIN_DIR`, or where cargo put them beside the
/// program that asks (`target/debug/xtask`, `target/debug/deps/topology-…`).
///
/// # Errors
/// If they are not built yet.
pub fn directory() -> Result<PathBuf> {
    if let Some(given) = env::var_os(VARIABLE) {
        return Ok(given.into());
    }
    let me = env::current_exe()?;
    me.ancestors()
        .skip(1)
        .take(2)
        .find(|directory| directory.join("causewayd").is_file())
        .map(PathBuf::from)
        .context("causewayd is not built: run `cargo xtask build`")
}
