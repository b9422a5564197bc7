//! `build`: the kernel's programs first, then the daemon and the command line that embed them.

mod object;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{
    run,
    setup::{self, Compiler},
    tree,
};

/// What to build.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Build {
    /// Optimize the daemon and the command line; the kernel's programs always are.
    #[arg(long)]
    pub(crate) release: bool,
    /// Let the kernel's programs log every drop (for debugging; slow).
    #[arg(long)]
    pub(crate) ebpf_log: bool,
}

/// Compiles the programs that measure the road, which no node has; where their object is.
///
/// # Errors
/// If they do not compile.
pub(crate) fn measuring_object(compiler: &Compiler) -> Result<PathBuf> {
    object::build_bench(compiler)
}

/// Compiles the kernel's programs, which the daemon's library embeds.
///
/// # Errors
/// If they do not compile.
pub(crate) fn embedded_object() -> Result<()> {
    object::build(&setup::run()?, false)
}

impl Build {
    /// Builds what is not up to date, also what only tests need; cargo decides what that is.
    pub(crate) fn run(self) -> Result<()> {
        object::build_faults(&setup::run()?)?;
        self.binaries().map(drop)
    }

    /// Builds the binaries; gives their directory.
    pub(crate) fn binaries(self) -> Result<PathBuf> {
        let compiler = setup::run()?;
        object::build(&compiler, self.ebpf_log)?;
        let mut cargo = run::cargo();
        if self.release {
            cargo.args(["build", "--package", "causeway", "--bins", "--release"]);
        } else {
            // With the features that tests are built with: else they build every dependency once more.
            cargo.args(["build", "--workspace", "--bins"]);
        }
        run::checked(&mut cargo)?;
        Ok(tree::target().join(if self.release { "release" } else { "debug" }))
    }
}
