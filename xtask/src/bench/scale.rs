//! A store of 1,000 networks, 10,000 services and 100,000 endpoints: starts, changes and memory. A program
//! of its own, since it writes what the daemons read.

use std::path::Path;

use anyhow::Result;

use crate::{run, tree};

/// Builds the program, runs it, and passes its table on.
///
/// # Errors
/// If it cannot be built, or fails.
pub(super) fn measure(bins: &Path, rounds: usize) -> Result<()> {
    let package = ["--package", "causeway-tests", "--bin", "scale"];
    run::checked(run::cargo().args(["build", "--release"]).args(package))?;
    println!("bench: building a cluster of three nodes, and filling its store");
    let mut scale = std::process::Command::new(tree::target().join("release/scale"));
    scale.env("CAUSEWAY_BIN_DIR", bins).args(["1000", "10000", "100000", &rounds.to_string()]);
    run::checked(&mut scale)
}
