//! A user that is neither root nor in the group.

use std::{ffi::OsStr, os::unix::fs::PermissionsExt, time::Duration};

use causeway_lab::{Lab, Output, run};

/// Any such user's number, and his group's.
pub(super) const USER: u32 = 65_534;

/// Runs one of the project's programs as him on the node; setpriv keeps none of root's groups.
pub(super) fn output<S: AsRef<OsStr>>(
    lab: &Lab,
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Output {
    // A copy that he can reach, wherever the tree was cloned to. Another process writes it: what this
    // one has open for writing a child of another test may hold open, and such a file cannot be run.
    let dir = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let mut copy = std::process::Command::new("cp");
    copy.arg(lab.layout().bins.join(program)).arg(dir.path());
    assert!(copy.status().unwrap().success());
    let mut command = lab.node(1).command("setpriv");
    let user = USER.to_string();
    command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "--"]);
    run::output(command.arg(dir.path().join(program)).args(arguments), Duration::from_secs(20)).unwrap()
}
