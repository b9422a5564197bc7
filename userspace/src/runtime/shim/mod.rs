//! `causewayd shim DIRECTORY`: the small parent of one container's process.
//!
//! It is a process of its own so that the daemon may end, be killed or be replaced while the
//! container runs: it holds the ends of the output pipes, collects the exit status and writes both
//! down. It needs no runtime and keeps no connection to the daemon beyond one line on its standard
//! output that says how the start went.

mod binds;
mod child;
mod reap;
mod report;

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{ChildStderr, ChildStdout, ExitCode},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{
    cgroup::{self, Cgroup},
    dir::Dir,
    error::{Doing, RuntimeError},
    log::{Log, LogStream, copy},
    pidfd,
    spec::{Exit, Report, Running, now},
};

/// How long output may go on after the last process of the container has ended: a pipe may have
/// been handed to a process outside.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs the shim; `args` are those after `shim`: the container's directory.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(path) = args.into_iter().next() else {
        drop(report::say(&Report::Failed("the shim was given no directory".to_owned())));
        return ExitCode::FAILURE;
    };
    match supervise(&Dir::new(PathBuf::from(path))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            // It has ended, whether anybody hears that or not.
            drop(report::say(&Report::Failed(failed.to_string())));
            ExitCode::FAILURE
        }
    }
}

fn supervise(dir: &Dir) -> Result<(), RuntimeError> {
    let missing = || RuntimeError::Start(format!("{} holds no spec.json", dir.path().display()));
    let spec = dir.spec()?.ok_or_else(missing)?;
    reap::adopt_orphans()?;
    cgroup::join_shims()?;
    let log = Log::open(&dir.log()).doing(|| format!("open {}", dir.log().display()))?;
    let cgroup = Cgroup::of(short_id(dir))?;
    match child::start(&spec, &cgroup) {
        Err(failed) => {
            cgroup.destroy(reap::reap_ended)?;
            not_started(dir, failed)
        }
        Ok((pid, stdout, stderr)) => {
            let copied = copy_output(stdout, stderr, &log);
            if let Err(failed) = started(dir, pid) {
                // Nobody knows that it runs: nobody would ever end it.
                cgroup.destroy(reap::reap_ended)?;
                return Err(failed);
            }
            finish(dir, &cgroup, reap::wait_for(pid)?, &copied)
        }
    }
}

/// The first 12 digits of the container's id, which is the directory's name.
fn short_id(dir: &Dir) -> &str {
    let name = dir.path().file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.get(..12).unwrap_or(name)
}

fn started(dir: &Dir, pid: u32) -> Result<(), RuntimeError> {
    let shim_pid = std::process::id();
    let shim_started = pidfd::start_time(shim_pid).unwrap_or_default();
    let running = Running { pid, shim_pid, shim_started, started: now() };
    dir.write_running(&running)?;
    report::say(&Report::Started(running)).doing(|| "tell the daemon that the command runs")?;
    report::hang_up()
}

/// A command that cannot be executed is a container that has ended, as with Docker.
fn not_started(dir: &Dir, failed: RuntimeError) -> Result<(), RuntimeError> {
    let RuntimeError::Exec { why, code, .. } = failed else { return Err(failed) };
    dir.write_exit(&Exit { code, finished: now() })?;
    drop(report::say(&Report::NotExecuted { why, code }));
    Ok(())
}

fn copy_output(stdout: ChildStdout, stderr: ChildStderr, log: &Log) -> mpsc::Receiver<()> {
    let (done, copied) = mpsc::channel();
    let (log2, done2) = (log.clone(), done.clone());
    let log = log.clone();
    thread::spawn(move || {
        copy(stdout, LogStream::Stdout, &log);
        drop(done);
    });
    thread::spawn(move || {
        copy(stderr, LogStream::Stderr, &log2);
        drop(done2);
    });
    copied
}

/// The main process has ended: what it left behind ends with it, and only then is the exit made known.
fn finish(dir: &Dir, cgroup: &Cgroup, code: i32, copied: &mpsc::Receiver<()>) -> Result<(), RuntimeError> {
    let emptied = cgroup.destroy(reap::reap_ended);
    // Disconnected when both copies are done.
    let _ = copied.recv_timeout(LAST_WORDS);
    dir.write_exit(&Exit { code, finished: now() })?;
    emptied
}
