//! Running a command to its end, within a bound, and keeping what it said.

use std::{
    io::Read,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::{stop, wait};

/// The longest that a command of the lab may take unless its caller says otherwise.
pub const LIMIT: Duration = Duration::from_secs(60);

/// What a command said and how it ended.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its status; 128+n where signal n ended it.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// Its standard output, if it ended with status 0.
    ///
    /// # Errors
    /// Names the status and what it said on standard error.
    pub fn text(self) -> Result<String> {
        ensure!(self.code == 0, "status {}: {}{}", self.code, self.stderr.trim_end(), self.hint());
        Ok(self.stdout)
    }

    fn hint(&self) -> String {
        if self.stderr.trim().is_empty() {
            format!("(stdout: {})", self.stdout.trim_end())
        } else {
            String::new()
        }
    }
}

/// Runs a command, which leads a process group of its own, to its end.
///
/// # Errors
/// If it cannot be started, takes longer than `within`, or somebody wishes to stop; its process
/// group is then killed.
pub fn output(command: &mut Command, within: Duration) -> Result<Output> {
    collect(command, within, stop::requested)
}

/// As [`output`], for cleaning up: it goes on although somebody wishes to stop.
///
/// # Errors
/// If it cannot be started or takes longer than `within`.
pub fn to_the_end(command: &mut Command, within: Duration) -> Result<Output> {
    collect(command, within, || false)
}

fn collect(command: &mut Command, within: Duration, stop: impl Fn() -> bool) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let status = wait_for(&mut child, within, stop).with_context(|| name)?;
    Ok(Output { code: code(status), stdout: joined(stdout), stderr: joined(stderr) })
}

/// Waits for a child that leads a process group of its own; kills the group where it must not go on.
fn wait_for(child: &mut Child, within: Duration, stop: impl Fn() -> bool) -> Result<ExitStatus> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stop() {
            end(child);
            bail!("interrupted");
        }
        if Instant::now() >= deadline {
            end(child);
            bail!("took longer than {within:?}");
        }
        thread::sleep(wait::POLL / 4);
    }
}

fn end(child: &mut Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // It may have ended by itself just now.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// A shell's way to say how a process ended.
pub fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

fn read_all(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a failure is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn joined(reader: Option<JoinHandle<String>>) -> String {
    reader.and_then(|thread| thread.join().ok()).unwrap_or_default()
}
