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

/// Says how the start went. A daemon that has gone meanwhile does not hear it, which harms nobody.
pub(super) fn say(report: &Report) {
    let mut line = serde_json::to_vec(report).unwrap_or_default();
    line.push(b'\n');
    let mut out = io::stdout().lock();
    drop(out.write_all(&line).and_then(|()| out.flush()));
}

/// Lets go of the pipe.
pub(super) fn hang_up() -> Result<(), RuntimeError> {
    let action = || "let go of the daemon's pipe";
    let null = File::options().write(true).open("/dev/null").doing(action)?;
    dup2_stdout(&null).doing(action)
}
