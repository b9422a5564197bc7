//! Exit codes, as scripts rely on them.

/// All done.
pub(super) const DONE: i32 = 0;
/// Refused by the daemon, no daemon, or done but not yet applied by every node.
pub(super) const REFUSED: i32 = 1;
/// Not a command line of ours.
pub(super) const USAGE: i32 = 2;
/// `run` and `exec`: the command was never started, and it is not to blame (as `docker run`).
pub(super) const NOT_RUN: i32 = 125;

/// What the shell says of a process that a signal ended.
pub(super) const fn of_signal(signal: i32) -> i32 {
    128 + signal
}
