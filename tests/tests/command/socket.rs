//! Who may talk to the daemon.

use std::{
    os::unix::fs::{MetadataExt as _, chown},
    path::PathBuf,
};

use causeway_lab::Lab;

use super::{
    node::{assert_refused, lab, ok},
    stranger,
};

fn socket(lab: &Lab) -> PathBuf {
    lab.layout().node_dir(1).join("run/causeway.sock")
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
    assert_refused(
        "ps",
        &stranger::output(&lab, "causeway", ["ps"]),
        1,
        &["permission denied", "root", "group causeway"],
    );
}

#[test]
fn a_stranger_is_refused_by_the_daemon_where_the_mode_lets_him_in() {
    let lab = lab();
    chown(socket(&lab), Some(stranger::USER), None).unwrap();
    assert_refused("ps", &stranger::output(&lab, "causeway", ["ps"]), 1, &["root", "group causeway"]);
}
