//! A store of 1,000 networks, 10,000 services and 100,000 endpoints: starts, changes and memory. A program
//! of its own, since it writes what the daemons read; it prints a table of its own.

use anyhow::Result;

use super::{Setting, measured::Findings};
use crate::run;

/// Runs the program, and passes its table on.
///
/// # Errors
/// If it fails.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    setting.progress.clear();
    let mut scale = std::process::Command::new(setting.bins.join("scale"));
    scale.env("CAUSEWAY_BIN_DIR", &setting.bins);
    scale.args(["1000", "10000", "100000", &setting.count.to_string()]);
    run::checked(&mut scale)?;
    Ok(Findings::default())
}
