//! A store in which somebody else has written: what cannot be read is said, and what leads elsewhere leads
//! nowhere.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use causeway_lab::{Lab, Store};
use serde_json::{Value, json};

use super::node::{ok, read, wait_until};

const ROOT: &str = "/causeway/v2/";

fn lab() -> Lab {
    Lab::builder().nodes(1).store(Store::Etcd).config("metrics = \"127.0.0.1:9127\"\n").start().unwrap()
}

fn put(lab: &Lab, key: &str, value: &str) {
    let put = json!({ "key": BASE64.encode(format!("{ROOT}{key}")), "value": BASE64.encode(value) });
    lab.members()[0].ask("kv/put", &put).unwrap();
}

fn get(lab: &Lab, key: &str) -> Value {
    let found =
        lab.members()[0].ask("kv/range", &json!({ "key": BASE64.encode(format!("{ROOT}{key}")) })).unwrap();
    let value = found["kvs"][0]["value"].as_str().unwrap();
    serde_json::from_slice(&BASE64.decode(value).unwrap()).unwrap()
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_keeps_nothing_from_going_on() {
    let mut lab = lab();
    ok(lab.node(1), "run -d --name c sleep 600");
    let key = format!("cluster/services/{}", "7".repeat(64));
    assert!(!ok(lab.node(1), "status").contains("CANNOT BE READ"));
    put(&lab, &key, "no service");

    let unreadable = |lab: &Lab| read(lab.node(1), "status --format json")["StoreUnreadable"].clone();
    wait_until("it is seen", || unreadable(&lab) == json!([key]));
    assert!(ok(lab.node(1), "status").contains(&format!("CANNOT BE READ: {key}")));
    let metrics = lab.node(1).sh("curl -s http://127.0.0.1:9127/metrics").unwrap();
    assert!(metrics.contains("causeway_store_records{state=\"unreadable\"} 1"), "{metrics}");
    ok(lab.node(1), "network create other");
    let said = |lab: &Lab| lab.node(1).log().matches(&format!("key=\"{key}\"")).count();
    assert_eq!(said(&lab), 1, "once");

    // What seems to be nobody's may be named by what cannot be read.
    let stray = lab.layout().node_dir(1).join("state/containers").join("8".repeat(64));
    std::fs::create_dir_all(&stray).unwrap();
    restart(&mut lab);
    assert!(stray.exists() && ok(lab.node(1), "ps").contains("sleep 600"));
    let delete = json!({ "key": BASE64.encode(format!("{ROOT}{key}")) });
    lab.members()[0].ask("kv/deleterange", &delete).unwrap();
    wait_until("it is gone", || unreadable(&lab) == json!([]));
    restart(&mut lab);
    assert!(!stray.exists() && ok(lab.node(1), "ps").contains("sleep 600"));
}

fn restart(lab: &mut Lab) {
    assert!(lab.node_mut(1).stop_daemon());
    lab.node_mut(1).start_daemon().unwrap();
    lab.node(1).wait_ready(1).unwrap();
}

#[test]
fn a_record_that_leads_elsewhere_has_nothing_removed_there() {
    let lab = lab();
    let id = ok(lab.node(1), "run -d --name c sleep 600");
    let node = read(lab.node(1), "node inspect node1")[0]["ID"].as_str().unwrap().to_owned();
    let key = format!("node/{node}/containers/{id}");
    let mine = lab.layout().root.join("mine");
    std::fs::write(&mine, "somebody's").unwrap();
    let mut record = get(&lab, &key);
    let own = std::path::PathBuf::from(record["netns"].as_str().unwrap());
    record["netns"] = json!(mine);
    put(&lab, &key, &record.to_string());
    let shown = || read(lab.node(1), "inspect c")[0]["NetworkSettings"]["SandboxKey"] == json!(mine);
    wait_until("the daemon has it", shown);
    ok(lab.node(1), "rm -f c");
    assert!(mine.exists() && !own.exists());
}
