//! `setup`: install what is missing and find a compiler for the kernel's programs.
//!
//! Two ways are known to compile them; the first that works is taken and written down:
//! (a) a nightly toolchain with rust-src, and a `bpf-linker` that reads its LLVM's bitcode;
//! (b) on Debian and Ubuntu, the distribution's `rustc-web`, `rust-web-src` and `llvm-22-dev`, with
//! `bpf-linker` built from crates.io against that LLVM into `target/toolchain`.

mod compiler;
mod linker;
mod needs;
mod packages;

use anyhow::Result;

pub(crate) use compiler::Compiler;

/// Sets up what is not set up yet; a call that finds all in place takes milliseconds.
///
/// # Errors
/// Says exactly what to install where it cannot do it itself.
pub(crate) fn run() -> Result<Compiler> {
    packages::install(&needs::missing(needs::TOOLS))?;
    if let Some(compiler) = Compiler::recorded() {
        return Ok(compiler);
    }
    let compiler = match compiler::nightly() {
        Some(found) => found,
        None => distribution()?,
    };
    compiler.record()?;
    println!("setup: the kernel's programs are compiled with {compiler}");
    Ok(compiler)
}

/// Installs what benches compare with, where it is not there yet.
///
/// # Errors
/// As [`run`].
pub(crate) fn peers() -> Result<()> {
    packages::install(&needs::missing(needs::PEERS))
}

fn distribution() -> Result<Compiler> {
    packages::install(&needs::missing(needs::COMPILER))?;
    let linker = linker::installed_or_built()?;
    compiler::of_distribution(linker)
}
