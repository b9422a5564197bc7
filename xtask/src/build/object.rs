//! The object of programs: compiled by cargo, called directly, for the kernel's target.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use crate::{run, setup::Compiler, tree};

const TARGET: &str = "bpfel-unknown-none";

/// Compiles the programs and puts the object where the daemon's build finds it.
///
/// # Errors
/// If they do not compile.
pub(crate) fn build(compiler: &Compiler, log: bool) -> Result<()> {
    // A directory of its own: two compilers in one would throw each other's work away.
    let directory = tree::target().join("ebpf-build");
    let features = if log { "object,trace" } else { "object" };
    let mut cargo = run::cargo();
    cargo
        .args(["build", "--package", "causeway-ebpf", "--bin", "causeway-ebpf", "--release"])
        .args(["--features", features, "--target", TARGET, "-Zbuild-std=core", "--target-dir"])
        .arg(&directory)
        .env("RUSTC", &compiler.rustc)
        // `-Zbuild-std` is what the stable cargo asks a word of courage for.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .env("PATH", compiler.path()?)
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    run::checked(&mut cargo)?;
    place(&directory.join(TARGET).join("release/causeway-ebpf"), &tree::object())
}

/// BTF needs debug information; v3 has the 32-bit and the longer jump instructions.
const FLAGS: &[&str] =
    &["-Cdebuginfo=2", "-Clink-arg=--btf", "-Clink-arg=--cpu=v3", "-Ctarget-cpu=v3", "-Cpanic=abort"];

/// Copies the object only if it changed: the daemon is built again when the file's time changes.
fn place(built: &Path, object: &Path) -> Result<()> {
    let bytes = fs::read(built).with_context(|| built.display().to_string())?;
    if fs::read(object).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(parent) = object.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(object, bytes).with_context(|| object.display().to_string())
}
