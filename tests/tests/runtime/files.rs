//! The files under /etc that a container sees, and the host does not.

use std::fs;

use causeway::runtime::{Files, Spec};

use super::scratch::Scratch;

fn files() -> Files {
    Files {
        hosts: "10.0.0.2\tme\n".into(),
        hostname: "me\n".into(),
        resolv_conf: "nameserver 9.9.9.9\n".into(),
    }
}

/// A script that runs with the files of `scratch`.
fn spec(scratch: &Scratch, script: &str) -> Spec {
    let files = Some(scratch.containers().join(scratch.id.as_str()));
    Spec { files, ..scratch.spec(&["sh", "-c", script]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_sees_its_own_files_and_the_host_keeps_its() {
    let scratch = Scratch::new();
    let before = fs::read("/etc/hosts").unwrap();
    assert_eq!(scratch.container.write_files(&files()).unwrap(), Vec::<&str>::new());
    scratch.container.start(&spec(&scratch, "cat /etc/hosts /etc/hostname /etc/resolv.conf")).await.unwrap();
    scratch.container.wait().await.unwrap();
    assert_eq!(scratch.said().await, "10.0.0.2\tme\nme\nnameserver 9.9.9.9\n");
    assert_eq!(fs::read("/etc/hosts").unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_container_sees_its_hosts_change() {
    let scratch = Scratch::new();
    scratch.container.write_files(&files()).unwrap();
    let script = "echo ready; until grep other /etc/hosts; do sleep 0.01; done";
    scratch.container.start(&spec(&scratch, script)).await.unwrap();
    scratch.until("ready").await;
    scratch.container.write_hosts("10.0.0.3\tother\n").unwrap();
    assert_eq!(scratch.container.wait().await.unwrap().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_files_it_sees_the_hosts() {
    let scratch = Scratch::new();
    let (_, said) = scratch.run("cat /etc/hosts").await;
    assert_eq!(said, fs::read_to_string("/etc/hosts").unwrap());
}
