//! `build`: the kernel's programs first, then the daemon and the command line that embed them.

mod object;

use std::{iter, path::PathBuf};

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
        if self.release {
            return self.binaries_beside(&[]);
        }
        // With the features that tests are built with: else they build every dependency once more.
        self.cargo(&["--workspace", "--bins"])
    }

    /// The same, and no others but programs of these packages, by one call of cargo: with each other choice of
    /// packages it would build what they share anew.
    pub(crate) fn binaries_beside(self, others: &[(&str, &[&str])]) -> Result<PathBuf> {
        let mut words = Vec::new();
        for (package, programs) in iter::once(&OURS).chain(others) {
            words.extend(["--package", package]);
            programs.iter().for_each(|program| words.extend(["--bin", program]));
        }
        self.cargo(&words)
    }

    fn cargo(self, what: &[&str]) -> Result<PathBuf> {
        let compiler = setup::run()?;
        object::build(&compiler, self.ebpf_log)?;
        let mut cargo = run::cargo();
        cargo.arg("build").args(what);
        if self.release {
            cargo.arg("--release");
        }
        run::checked(&mut cargo)?;
        Ok(tree::target().join(if self.release { "release" } else { "debug" }))
    }
}

/// The package with the daemon and the command line.
const OURS: (&str, &[&str]) = ("causeway", &["causeway", "causewayd"]);
