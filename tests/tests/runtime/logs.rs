//! What containers say is kept and handed on, byte for byte and as it comes.

use std::time::Duration;

use causeway::runtime::LogStream::{Stderr, Stdout};
use futures::StreamExt;
use rand::Rng;

use super::scratch::Scratch;

#[tokio::test(flavor = "multi_thread")]
async fn both_outputs_are_told_apart() {
    let scratch = Scratch::new();
    scratch.run("echo out; sleep 0.2; echo err >&2; sleep 0.2; printf end").await;
    let parts: Vec<_> = scratch.container.logs(false).unwrap().map(Result::unwrap).collect().await;
    let want = [(Stdout, "out\n"), (Stderr, "err\n"), (Stdout, "end")];
    assert_eq!(parts, want.map(|(stream, text)| (stream, text.into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_may_come_before_the_start_and_leaves_at_the_end() {
    let scratch = Scratch::new();
    let mut follow = scratch.container.logs(true).unwrap();
    scratch.script("echo one; sleep 0.5; echo two").await;
    let first = tokio::time::timeout(Duration::from_secs(5), follow.next()).await.unwrap();
    assert_eq!(first.unwrap().unwrap(), (Stdout, "one\n".into()));
    assert!(scratch.container.running().unwrap().is_some(), "the first line came only at the end");
    let rest = tokio::time::timeout(Duration::from_secs(5), follow.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(scratch.container.wait().await.unwrap().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_a_container_that_never_began_leaves_with_its_directory() {
    let scratch = Scratch::new();
    let follow = scratch.container.logs(true).unwrap();
    scratch.container.remove().unwrap();
    let said = tokio::time::timeout(Duration::from_secs(5), follow.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(said.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_of_any_bytes_arrives_whole() {
    let scratch = Scratch::new();
    let mut bytes = vec![0; 1 << 20];
    rand::rng().fill(&mut bytes[..]);
    let file = tempfile::NamedTempFile::with_prefix("hC-").unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let follow = scratch.container.logs(true).unwrap();
    scratch.script(&format!("cat {}", file.path().display())).await;
    let parts: Vec<_> = follow.map(|part| part.unwrap().1).collect().await;
    assert!(parts.concat() == bytes, "what arrived differs from what was said");
}
