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
    restart_given(lab, &[]);
}

fn restart_given(lab: &mut Lab, options: &[&str]) {
    assert!(lab.node_mut(1).stop_daemon());
    lab.node_mut(1).start_daemon_given(options).unwrap();
    lab.node(1).wait_ready(1).unwrap();
}

#[test]
fn a_store_that_holds_an_earlier_state_ends_no_container_without_being_told() {
    let mut lab = lab();
    let id = ok(lab.node(1), "run -d --name c sleep 600");
    let pid = read(lab.node(1), "inspect c")[0]["State"]["Pid"].as_i64().unwrap();
    let runs = || std::path::Path::new("/proc").join(pid.to_string()).exists();
    // As in a copy of the store that is older than the container.
    let record = json!({
        "key": BASE64.encode(format!("{ROOT}node/")),
        "range_end": BASE64.encode(format!("{ROOT}node0")),
        "keys_only": true,
    });
    let found = lab.members()[0].ask("kv/range", &record).unwrap();
    let keys = found["kvs"].as_array().unwrap().iter().map(|kv| kv["key"].as_str().unwrap().to_owned());
    let of_it: Vec<String> = keys
        .filter(|key| {
            String::from_utf8_lossy(&BASE64.decode(key).unwrap()).ends_with(&format!("containers/{id}"))
        })
        .collect();
    assert_eq!(of_it.len(), 1);
    assert!(lab.node_mut(1).stop_daemon());
    lab.members()[0].ask("kv/deleterange", &json!({ "key": of_it[0] })).unwrap();
    lab.node_mut(1).start_daemon().unwrap();
    lab.node(1).wait_ready(1).unwrap();
    assert!(lab.node(1).log().contains(&format!("containers=\"{}\"", &id[..12])), "{}", lab.node(1).log());
    restart(&mut lab);
    assert!(runs(), "it goes on");
    restart_given(&mut lab, &["--accept-empty-store"]);
    wait_until("it is ended", || !runs());
    assert!(!lab.layout().node_dir(1).join("state/containers").join(&id).exists());
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
