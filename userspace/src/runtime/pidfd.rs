//! Processes by descriptor: an id may be given to another process, a pidfd never is (pidfd_open(2)).

use std::{fs, os::fd::OwnedFd};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use tokio::io::unix::AsyncFd;

use super::error::{Doing, RuntimeError};

/// A descriptor of process `pid`; none where there is no such process.
pub(super) fn open(pid: u32) -> Option<OwnedFd> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    pidfd_open(pid, PidfdFlags::NONBLOCK).ok()
}

/// Waits until the process has ended, reaped or not.
pub(super) async fn ended(process: OwnedFd) -> Result<(), RuntimeError> {
    #[expect(
        deprecated,
        reason = "all that its unsafe successor asks is that the descriptor stays the same: an OwnedFd does"
    )]
    let process = AsyncFd::new(process).doing(|| "watch a process")?;
    process.readable().await.map(drop).doing(|| "watch a process")
}

/// Sends `signal` to the process; [`RuntimeError::NotRunning`] where it has ended.
pub(super) fn send(process: &OwnedFd, signal: i32) -> Result<(), RuntimeError> {
    let known = Signal::from_named_raw(signal).ok_or(RuntimeError::BadSignal(signal))?;
    match pidfd_send_signal(process, known) {
        Err(rustix::io::Errno::SRCH) => Err(RuntimeError::NotRunning),
        other => other.doing(|| format!("send signal {signal}")),
    }
}

/// When process `pid` began, in clock ticks since boot; none where it has ended, reaped or not.
pub(super) fn start_time(pid: u32) -> Option<u64> {
    parse_start_time(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// When a process began, as its `/proc/PID/stat` says: field 22 of proc_pid_stat(5); the name in field 2 may hold blanks and brackets.
pub fn parse_start_time(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_22_is_the_start() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9";
        assert_eq!(parse_start_time(stat), Some(4711));
        assert_eq!(parse_start_time(&stat.replace(" S ", " Z ")), None);
        assert!(start_time(std::process::id()).is_some());
    }
}
