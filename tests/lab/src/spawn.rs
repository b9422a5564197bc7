//! The one place of the lab where a process is made in another network namespace.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use nix::sched::{CloneFlags, setns};

use crate::Netns;

/// A command that will run in `netns`, in a process group of its own, with nothing on stdin.
pub fn command(netns: &Netns, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).stdin(Stdio::null());
    enter(&mut command, netns);
    command
}

/// Makes `command` enter `netns` before it starts.
pub fn enter(command: &mut Command, netns: &Netns) {
    let handle = netns.handle();
    // SAFETY: between fork and exec the closure makes one system call on a descriptor that it owns;
    // it allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || Ok(setns(&*handle, CloneFlags::CLONE_NEWNET)?));
    }
}
