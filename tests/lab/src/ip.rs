//! The words of `ip`(8), spoken in a namespace.

use anyhow::{Context as _, Result};

use crate::{Netns, run, spawn};

/// Runs `ip` with the words of `line` in `netns`; gives what it printed.
///
/// # Errors
/// With the words and what `ip` said against them.
pub fn ip(netns: &Netns, line: &str) -> Result<String> {
    words(netns, "ip", line)
}

/// Runs `program` with the words of `line` in `netns`; gives what it printed.
///
/// # Errors
/// With the words and what the program said against them.
pub fn words(netns: &Netns, program: &str, line: &str) -> Result<String> {
    let mut command = spawn::command(netns, program);
    command.args(line.split_whitespace());
    run::output(&mut command, run::LIMIT)?
        .text()
        .with_context(|| format!("{}: {program} {line}", netns.name()))
}
