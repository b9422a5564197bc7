//! A store of 1,000 networks, 10,000 services and 100,000 endpoints: starts, changes and memory. A program
//! of its own, since it writes what the daemons read; it prints a table of its own.

use anyhow::Result;

use super::{Setting, measured::Findings};
use crate::run;

/// Builds the program, runs it, and passes its table on.
///
/// # Errors
/// If it cannot be built, or fails.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let package = ["--package", "causeway-tests", "--bin", "scale"];
    run::checked(run::cargo().args(["build", "--release"]).args(package))?;
    setting.progress.clear();
    let mut scale = std::process::Command::new(setting.bins.join("scale"));
    scale.env("CAUSEWAY_BIN_DIR", &setting.bins);
    scale.args(["1000", "10000", "100000", &setting.count.to_string()]);
    run::checked(&mut scale)?;
    Ok(Findings::default())
}
