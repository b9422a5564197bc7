//! Starting processes: what has to happen between fork and exec.
//!
//! The closures below run in a child of a process with threads, so they only make system calls
//! (signal-safety(7)) and allocate nothing.

use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::process::CommandExt},
    process::Command,
};

use nix::{
    sched::{CloneFlags, setns},
    unistd::{setsid, write},
};

use super::open_files::as_given;

/// Lets the child begin a session of its own and keep none of our files, nor our limit of them: it
/// outlives us.
pub(super) fn detached(command: &mut Command) {
    let prepare = || {
        setsid()?;
        as_given()?;
        close_files()
    };
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(prepare) };
}

/// Lets the child join the control group behind `entrance`, with default signals in a session of its own.
pub(super) fn contained(command: &mut Command, entrance: File) {
    let prepare = move || {
        write(&entrance, b"0")?;
        default_signals();
        setsid()?;
        close_files()
    };
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(prepare) };
}

/// Lets the child enter the network, mount and UTS namespaces of `process` (a pidfd) first.
pub(super) fn inside(command: &mut Command, process: OwnedFd, entrance: File) {
    let enter = move || {
        let which = CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS;
        setns(&process, which)?;
        Ok(as_given()?)
    };
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(enter) };
    contained(command, entrance);
}

/// A signal that a parent ignored would stay ignored through exec (signal(7)).
fn default_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the default action runs no code of ours; what may not be changed is left alone.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Closes at exec all files but the standard three, also those that our own parent left open to us.
fn close_files() -> io::Result<()> {
    let flags = libc::c_int::try_from(libc::CLOSE_RANGE_CLOEXEC).map_err(io::Error::other)?;
    // SAFETY: only sets the close-on-exec flag (close_range(2), Linux 5.11).
    match unsafe { libc::close_range(3, libc::c_uint::MAX, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
