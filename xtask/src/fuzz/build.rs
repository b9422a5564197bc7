//! Compiling the targets.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{build, run, tree};

/// What cargo-fuzz has the compiler put in where it puts in no sanitizer: counters of edges and what is compared, for
/// libFuzzer to see which inputs lead somewhere new.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-sanitizer-coverage-stack-depth",
];

/// Where everything of the targets' is that can be made again.
pub(super) fn directory() -> PathBuf {
    tree::target().join("fuzz")
}

/// Compiles what is not up to date; gives the directory of the programs.
///
/// # Errors
/// If they do not compile.
pub(super) fn programs() -> Result<PathBuf> {
    build::embedded_object()?;
    let host = host()?;
    let mut cargo = run::cargo();
    cargo
        .args(["build", "--bins", "--manifest-path"])
        .arg(manifest())
        // With a target named, what runs at build time is not instrumented.
        .args(["--target", &host, "--target-dir"])
        .arg(directory())
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
        .env("CAUSEWAY_EBPF_OBJECT", tree::object());
    run::checked(&mut cargo)?;
    Ok(directory().join(host).join("debug"))
}

fn manifest() -> PathBuf {
    tree::root().join(Path::new("tests/fuzz/Cargo.toml"))
}

/// What the compiler calls this machine.
fn host() -> Result<String> {
    let said = run::said(Command::new("rustc").arg("-vV")).context("rustc does not say what it is")?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say which machine it is for")?.to_owned())
}
