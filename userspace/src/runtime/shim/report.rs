//! The one line that the daemon hears from its shim.

use std::{
    fs::File,
    io::{self, Write},
};

use nix::unistd::dup2_stdout;

use crate::runtime::{
    error::{Doing, RuntimeError},
    spec::Report,
};

/// Says how the start went.
///
/// # Errors
/// Where the daemon has gone meanwhile: nobody hears it.
pub(super) fn say(report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report).unwrap_or_default();
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush())
}

/// Lets go of the pipe.
pub(super) fn hang_up() -> Result<(), RuntimeError> {
    let action = || "let go of the daemon's pipe";
    let null = File::options().write(true).open("/dev/null").doing(action)?;
    dup2_stdout(&null).doing(action)
}
