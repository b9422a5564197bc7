//! `bpf-linker`: found, or built from crates.io against the distribution's LLVM.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use super::needs::program;
use crate::{run, tree};

/// LLVM that `rustc-web` is built on.
const LLVM: &str = "/usr/lib/llvm-22";
const VERSION: &str = "^0.13";
const FEATURE: &str = "llvm-22";

/// The linker that `setup` built, and then those on PATH.
pub(crate) fn candidates() -> Vec<PathBuf> {
    let ours = Some(ours()).filter(|file| file.is_file());
    ours.into_iter().chain(program("bpf-linker")).collect()
}

/// Our own linker, built if it is not there yet (some minutes, once).
///
/// # Errors
/// If it does not build.
pub(crate) fn installed_or_built() -> Result<PathBuf> {
    let linker = ours();
    if !works(&linker) {
        println!("setup: building bpf-linker {VERSION} with {LLVM} into {}", tree::toolchain().display());
        run::checked(&mut build())?;
    }
    Ok(linker)
}

fn ours() -> PathBuf {
    tree::toolchain().join("bin/bpf-linker")
}

/// It starts: the LLVM that it was linked with is still there.
fn works(linker: &PathBuf) -> bool {
    run::said(Command::new(linker).arg("--version")).is_some()
}

fn build() -> Command {
    let mut command = run::cargo();
    command
        .args(["install", "bpf-linker", "--version", VERSION, "--locked", "--force"])
        .args(["--no-default-features", "--features", FEATURE, "--root"])
        .arg(tree::toolchain())
        .env("LLVM_PREFIX", LLVM);
    command
}
