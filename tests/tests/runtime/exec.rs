//! One more command in a running container.

use causeway::runtime::{ExecSpec, RuntimeError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::scratch::Scratch;

fn command(words: &[&str]) -> ExecSpec {
    ExecSpec { command: words.iter().map(|&word| word.to_owned()).collect(), env: vec!["MORE=1".to_owned()] }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finds_itself_in_the_container() {
    let scratch = Scratch::new();
    scratch.script("readlink /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/uts; exec sleep 1000").await;
    scratch.until("net:").await;
    let look =
        "readlink /proc/self/ns/net /proc/self/ns/mnt /proc/self/ns/uts; hostname; echo $GREETING$MORE; pwd";
    let mut exec = scratch.container.exec(&command(&["sh", "-c", look])).unwrap();
    let mut said = String::new();
    exec.stdout().unwrap().read_to_string(&mut said).await.unwrap();
    assert_eq!(exec.wait().await.unwrap(), 0);
    assert_eq!(said, format!("{}scratch\nhello1\n/\n", scratch.said().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_streams_and_status_are_its_own() {
    let scratch = Scratch::new();
    scratch.script("exec sleep 1000").await;
    let mut exec = scratch.container.exec(&command(&["sh", "-c", "cat; echo no >&2; exit 5"])).unwrap();
    let mut stdin = exec.stdin().unwrap();
    stdin.write_all(b"\x00\xffyes").await.unwrap();
    drop(stdin);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    exec.stdout().unwrap().read_to_end(&mut out).await.unwrap();
    exec.stderr().unwrap().read_to_end(&mut err).await.unwrap();
    assert_eq!((&out[..], &err[..]), (&b"\x00\xffyes"[..], &b"no\n"[..]));
    assert_eq!(exec.wait().await.unwrap(), 5);
    assert_eq!(scratch.said().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_127_and_a_signal_ends_it() {
    let scratch = Scratch::new();
    scratch.script("exec sleep 1000").await;
    let failed = scratch.container.exec(&command(&["hC-none"])).unwrap_err();
    assert_eq!(failed.exit_code(), Some(127), "{failed}");
    let mut exec = scratch.container.exec(&command(&["sleep", "1000"])).unwrap();
    exec.kill(2).unwrap();
    assert_eq!(exec.wait().await.unwrap(), 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_container() {
    let scratch = Scratch::new();
    let gone = scratch.container.exec(&command(&["true"])).unwrap_err();
    assert!(matches!(gone, RuntimeError::NotRunning), "{gone}");
    scratch.script("exec sleep 1000").await;
    let mut exec = scratch.container.exec(&command(&["sleep", "1000"])).unwrap();
    scratch.container.kill(15).unwrap();
    assert_eq!(exec.wait().await.unwrap(), 137);
    assert_eq!(scratch.container.wait().await.unwrap().code, 143);
}
