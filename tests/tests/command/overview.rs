//! `node`, `status` and `version` against a real daemon.

use super::node::{cw, lab, ok, read};

#[test]
fn the_node_shows_itself() {
    let lab = lab();
    let node = lab.node(1);
    let listed = read(node, "node ls --format json");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&listed[0]["Name"], &listed[0]["Self"], &listed[0]["Status"]),
        (&"node1".into(), &true.into(), &"Ready".into())
    );
    assert_eq!(ok(node, "node ls -q --no-trunc"), listed[0]["ID"].as_str().unwrap());
    assert_eq!(read(node, "node inspect node1")[0]["Address"], "198.18.0.1");
    let output = cw(node, "node inspect node1 node2");
    assert_eq!((output.code, output.stderr.lines().count()), (1, 1));
    assert!(output.stderr.contains("'node2'") && output.stdout.contains("198.18.0.1"));
}

#[test]
fn status_counts_what_is_there() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay net");
    ok(node, "run -d --network net sleep 600");
    let status = read(node, "status --format json");
    assert_eq!(
        (&status["Networks"], &status["Containers"], &status["Endpoints"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert_eq!((&status["UnderlayMtu"], &status["VxlanPort"]), (&1500.into(), &4789.into()));
    let text = ok(node, "status");
    for needle in
        ["node1", "connected", "MTU 1500", "2 networks, 1 container, 1 endpoint", "ROAD", "MAP", "CAPACITY"]
    {
        assert!(text.contains(needle), "'{needle}' is not in:\n{text}");
    }
}

#[test]
fn version_names_both_ends() {
    let lab = lab();
    let version = read(lab.node(1), "version --format json");
    assert_eq!(version["Client"]["Version"], version["Server"]["Version"]);
    assert!(ok(lab.node(1), "version").contains("causewayd"));
}
