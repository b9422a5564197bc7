//! Who may talk to the daemon.

use std::{
    os::unix::fs::{MetadataExt as _, PermissionsExt, chown},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use causeway_lab::{Lab, Output, run};

use super::node::{assert_refused, lab, ok};

/// Any user that is neither root nor in the group.
const STRANGER: u32 = 65_534;

fn socket(lab: &Lab) -> PathBuf {
    lab.layout().node_dir(1).join("run/causeway.sock")
}

/// `causeway ps` as a stranger; setpriv keeps none of root's groups.
fn as_stranger(lab: &Lab) -> Output {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]);
    // A copy that a stranger can reach, wherever the tree was cloned to.
    let dir = tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o755)).tempdir().unwrap();
    let program = dir.path().join("causeway");
    std::fs::copy(lab.layout().bins.join("causeway"), &program).unwrap();
    lab.node(1).speak(&mut command);
    run::output(command.arg(program).arg("ps"), Duration::from_secs(20)).unwrap()
}

#[test]
fn the_socket_is_for_root_and_its_group() {
    let lab = lab();
    let meta = std::fs::metadata(socket(&lab)).unwrap();
    assert_eq!((meta.mode() & 0o777, meta.uid()), (0o660, 0));
    ok(lab.node(1), "ps");
}

#[test]
fn a_stranger_is_refused_by_the_sockets_mode_and_told_what_to_do() {
    let lab = lab();
    assert_refused("ps", &as_stranger(&lab), 1, &["permission denied", "root", "group causeway"]);
}

#[test]
fn a_stranger_is_refused_by_the_daemon_where_the_mode_lets_him_in() {
    let lab = lab();
    chown(socket(&lab), Some(STRANGER), None).unwrap();
    assert_refused("ps", &as_stranger(&lab), 1, &["root", "group causeway"]);
}
