//! The object of programs: compiled by cargo, called directly, for the kernel's target.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{run, setup::Compiler, tree};

const TARGET: &str = "bpfel-unknown-none";

/// Compiles the programs and puts the object where the daemon's build finds it.
///
/// # Errors
/// If they do not compile.
pub(crate) fn build(compiler: &Compiler, log: bool) -> Result<()> {
    let features = if log { "object,trace" } else { "object" };
    place(&compile(compiler, "causeway-ebpf", features)?, &tree::object())
}

/// Compiles the programs that measure the road; where their object is.
///
/// # Errors
/// If they do not compile.
pub(crate) fn build_bench(compiler: &Compiler) -> Result<PathBuf> {
    compile(compiler, "causeway-ebpf-bench", "bench")
}

/// Compiles the programs that tests disturb packets with, and puts the object where tests find it.
///
/// # Errors
/// If they do not compile.
pub(crate) fn build_faults(compiler: &Compiler) -> Result<()> {
    place(&compile(compiler, "causeway-ebpf-faults", "faults")?, &tree::faults_object())
}

/// Compiles a program for the kernel's target; where it is.
fn compile(compiler: &Compiler, bin: &str, features: &str) -> Result<PathBuf> {
    // A directory of its own: two compilers in one would throw each other's work away.
    let directory = tree::target().join("ebpf-build");
    let mut cargo = run::cargo();
    cargo
        .args(["build", "--package", "causeway-ebpf", "--bin", bin, "--release"])
        .args(["--features", features, "--target", TARGET, "-Zbuild-std=core", "--target-dir"])
        .arg(&directory)
        .env("RUSTC", &compiler.rustc)
        // `-Zbuild-std` is what the stable cargo asks a word of courage for.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .env("PATH", compiler.path()?)
        .envs(PROFILE.iter().map(|(key, value)| (format!("CARGO_PROFILE_RELEASE_{key}"), value)));
    run::checked(&mut cargo)?;
    Ok(directory.join(TARGET).join("release").join(bin))
}

/// Flags of the compiler, explained at the head of `userspace/build.rs`.
const FLAGS: &[&str] = &[
    "-Cdebuginfo=2",
    "-Clink-arg=--btf",
    "-Ctarget-cpu=v3",
    "-Clink-arg=--cpu-features=+allows-misaligned-mem-access",
];

/// The release profile that the kernel's programs need; the workspace's own is the daemon's.
const PROFILE: &[(&str, &str)] = &[
    ("LTO", "false"),
    ("CODEGEN_UNITS", "1"),
    ("OPT_LEVEL", "3"),
    ("PANIC", "abort"),
    ("OVERFLOW_CHECKS", "false"),
    ("DEBUG", "2"),
];

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
