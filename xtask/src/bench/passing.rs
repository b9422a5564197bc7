//! The road on the uplink alone: what a client's packet costs the node that only passes it on. A program of its
//! own, since it has the kernel run programs that no node has.

use anyhow::Result;

use crate::{build, run, setup, tree};

/// Builds the programs and what runs them, runs it, and passes its table on.
///
/// # Errors
/// If they cannot be built, or fail.
pub(super) fn measure(rounds: usize) -> Result<()> {
    let object = build::measuring_object(&setup::run()?)?;
    let package = ["--package", "causeway-tests", "--bin", "passing"];
    // The kernel does the work: it is as fast whoever asks it to.
    run::checked(run::cargo().arg("build").args(package))?;
    println!("bench: frames for ports of the mesh, in the kernel alone");
    let mut passing = std::process::Command::new(tree::target().join("debug/passing"));
    run::checked(passing.arg(object).arg(rounds.to_string()))
}
