//! Ended processes are taken off the process table: the command, and what it left behind.

use nix::{
    errno::Errno,
    sys::{
        prctl::set_child_subreaper,
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
};

use crate::runtime::error::{Doing, RuntimeError};

/// Makes this process the new parent of what the container's processes leave behind (PR_SET_CHILD_SUBREAPER(2const)).
pub(super) fn adopt_orphans() -> Result<(), RuntimeError> {
    set_child_subreaper(true).doing(|| "adopt orphaned processes")
}

/// Waits until `main` has ended, reaping all others meanwhile; answers its exit status, 128+n for signal n.
pub(super) fn wait_for(main: u32) -> Result<i32, RuntimeError> {
    loop {
        match waitpid(None, None) {
            Err(Errno::EINTR) => {}
            other => {
                if let Some(code) = code_of(main, other.doing(|| "wait for the container's process")?) {
                    return Ok(code);
                }
            }
        }
    }
}

/// Reaps whatever has ended so far.
pub(super) fn reap_ended() {
    while matches!(
        waitpid(None, Some(WaitPidFlag::WNOHANG)),
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))
    ) {}
}

fn code_of(main: u32, status: WaitStatus) -> Option<i32> {
    let is_main = status.pid().and_then(|pid| u32::try_from(pid.as_raw()).ok()) == Some(main);
    match status {
        WaitStatus::Exited(_, code) if is_main => Some(code),
        WaitStatus::Signaled(_, signal, _) if is_main => Some(128 + signal as i32),
        _ => None,
    }
}
