//! What every group of benches is given: how often to measure, and where what it runs is.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::{progress::Progress, rounds::Rounds};
use crate::{run, tree};

/// What every group is given.
pub(super) struct Setting {
    /// Rounds.
    pub(super) count: usize,
    /// Only what has a goal.
    pub(super) quick: bool,
    /// Directory of `causeway` and `causewayd`.
    pub(super) bins: PathBuf,
    /// Directory of another build's `causeway` and `causewayd`, which is measured in the same rounds.
    pub(super) beside: Option<PathBuf>,
    /// This program, built for release.
    pub(super) tool: PathBuf,
    /// Who hears how far it is.
    pub(super) progress: Progress,
}

impl Setting {
    /// As many rounds as were asked for.
    pub(super) fn rounds(&self) -> Rounds<'_> {
        Rounds { count: self.count, progress: &self.progress }
    }

    /// A verb of the program that has the kernel do things.
    pub(super) fn rig(&self, verb: &str) -> Command {
        let mut command = Command::new(self.bins.join("rig"));
        command.process_group(0).stdin(Stdio::null()).env("RUST_BACKTRACE", "0").arg(verb);
        command
    }

    /// Runs a program that tells on standard error how far it is; what it says in the end.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn said(&self, command: &mut Command) -> Result<String> {
        let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?}"))?;
        ensure!(output.status.success(), "{command:?}: {}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }

    /// An object of programs in C, compiled.
    ///
    /// # Errors
    /// If it does not compile.
    pub(super) fn object(&self, name: &str) -> Result<PathBuf> {
        let object = tree::target().join("bench").join(format!("{name}.o"));
        let source = tree::root().join("tests/benches/c").join(format!("{name}.bpf.c"));
        if !is_newer(&object, &source) {
            compile(&source, &object)?;
        }
        Ok(object)
    }
}

fn is_newer(object: &Path, source: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|about| about.modified());
    matches!((changed(object), changed(source)), (Ok(object), Ok(source)) if object > source)
}

fn compile(source: &Path, object: &Path) -> Result<()> {
    std::fs::create_dir_all(object.parent().context("an object has a directory")?)?;
    let mut clang = Command::new("clang-22");
    clang.args(["-O2", "-g", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3"]);
    // As the programs in Rust are compiled: a header's fields are read whole, wherever they lie.
    clang.args(["-Xclang", "-target-feature", "-Xclang", "+allows-misaligned-mem-access"]);
    // Where Debian has the headers that depend on the machine.
    clang.arg(format!("-I/usr/include/{}-linux-gnu", std::env::consts::ARCH));
    run::checked(clang.arg("-c").arg(source).arg("-o").arg(object))
}
