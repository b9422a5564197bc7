//! A store of another layout.

use causeway_lab::{Lab, wait};

use super::cast::SOON;

#[test]
fn a_store_of_another_layout_is_refused_with_a_sentence() {
    let mut lab = Lab::builder().nodes(1).start().unwrap();
    assert!(lab.node_mut(1).stop_daemon());
    lab.stop_etcd();
    std::fs::remove_dir_all(lab.members()[0].data()).unwrap();
    lab.start_etcd().unwrap();
    // "/causeway/v0/nodes/x" and "x"; no daemon has ever written that.
    let put = serde_json::json!({ "key": "L2NhdXNld2F5L3YwL25vZGVzL3g=", "value": "eA==" });
    lab.members()[0].ask("kv/put", &put).unwrap();
    lab.node_mut(1).start_daemon().unwrap();
    wait::until("the daemon is refused", SOON, || Ok(lab.node(1).daemon_pid().is_none())).unwrap();
    let log = lab.node(1).log();
    let last = log.lines().next_back().unwrap_or_default();
    assert!(last.contains("/causeway/v0/") && last.contains("/causeway/v"), "{last}");
    let delete = serde_json::json!({ "key": "L2NhdXNld2F5L3YwL25vZGVzL3g=" });
    lab.members()[0].ask("kv/deleterange", &delete).unwrap();
    lab.node_mut(1).start_daemon().unwrap();
    lab.node(1).wait_ready(1).unwrap();
}
