//! A node with a thousand endpoints: a daemon that was killed answers again within a second, and they have been
//! reached all the time.

use std::{
    os::unix::net::UnixStream,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use causeway::{
    api::types::{Attach, AttachTarget, ContainerAttach, Wait},
    client::Client,
};
use causeway_lab::{Netns, ip, wait};

use super::cast::Stage;

/// Endpoints of the node.
const ENDPOINTS: usize = 1000;
/// Requests at the same time.
const AT_ONCE: usize = 8;
/// How soon a daemon answers again.
const SOON: Duration = Duration::from_secs(1);
/// How often it is killed.
const ROUNDS: usize = 3;

/// Attaches a namespace to network `many`.
async fn attach(client: &Client, netns: &Netns, name: String) {
    let network = Attach { network: "many".into(), ip: None, mac: None, aliases: Vec::new() };
    let target = AttachTarget::Netns(netns.path());
    let attached = ContainerAttach {
        name,
        target,
        networks: vec![network],
        services: Vec::new(),
        labels: Default::default(),
    };
    client.attach(&attached, Wait { timeout: 30 }).await.unwrap();
}

/// Attaches all of them, some at a time.
fn attach_all(host: &str, guests: &[Netns]) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let client = Client::new(host).unwrap();
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(netns) = guests.get(number)
                {
                    runtime.block_on(attach(&client, netns, format!("guest{number}")));
                }
            });
        }
    });
}

/// Kills the node's daemon and starts it; how long it takes until it answers.
fn replace(stage: &mut Stage, socket: &Path) -> Duration {
    let node = stage.lab.node_mut(1);
    node.kill_daemon();
    let begun = Instant::now();
    node.start_daemon().unwrap();
    wait::until("it answers", 10 * SOON, || Ok(UnixStream::connect(socket).is_ok())).unwrap();
    begun.elapsed()
}

#[test]
fn a_daemon_with_a_thousand_endpoints_answers_again_within_a_second() {
    let mut stage = Stage::new();
    let socket = stage.lab.layout().node_dir(1).join("run/causeway.sock");
    stage.node().cw("network create -d bridge --subnet 10.89.0.0/16 many").unwrap();
    let prefix = stage.lab.layout().prefix.clone();
    let guests: Vec<_> =
        (0..ENDPOINTS).map(|number| Netns::create(&format!("{prefix}-g{number}")).unwrap()).collect();
    let begun = Instant::now();
    attach_all(&format!("unix://{}", socket.display()), &guests);
    println!("{ENDPOINTS} attached in {:?}", begun.elapsed());
    let took: Vec<_> = (0..ROUNDS).map(|_| replace(&mut stage, &socket)).collect();
    println!("answers again after {took:?}");
    assert!(took.iter().all(|took| *took < SOON), "{took:?}");
    let there = super::cast::address(&stage.inspect(&format!("guest{}", ENDPOINTS - 1))).unwrap();
    ip::words(&guests[0], "ping", &format!("-c 1 -W 5 {there}")).unwrap();
    assert_eq!(stage.status().endpoints, ENDPOINTS as u64);
}
