//! A daemon is replaced by another: nothing is lost, nothing breaks, whichever build the other is.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, UdpSocket},
    os::unix::net::UnixStream,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use causeway_lab::{Netns, wait};
use causeway_tests::{
    crowd::{Crowd, Server},
    dataplane::pins,
};
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

use super::cast::{Cluster, SOON};

/// Connections of each kind.
const CONNECTIONS: usize = 25;
/// Between two numbered packets.
const APART: Duration = Duration::from_micros(500);
/// Room for what is received while the other threads have the CPU.
const ROOM: usize = 16 << 20;

/// How long a daemon may take to answer.
const READY: Duration = Duration::from_secs(20);

/// What becomes of the pins while no daemon looks after them.
type Change = fn(&Path) -> Result<()>;

fn nothing(_: &Path) -> Result<()> {
    Ok(())
}

fn earlier_layout(bpf_dir: &Path) -> Result<()> {
    pins::as_earlier_layout(bpf_dir, 0)
}

/// Two nodes; packets and connections from node 1's `a` to node 2's `b`, connections from `a` to the outside.
#[test]
fn daemons_are_replaced_under_load_without_a_loss() {
    let mut cluster = Cluster::of(2);
    cluster.network("web", &[]);
    let a = cluster.container(1, "web", "a");
    let b = cluster.container(2, "web", "b");
    let client = cluster.lab.client();
    let inside = Server::listen(&b.netns, 7000, (b.ip, 7000)).unwrap();
    let outside = Server::listen(&client.netns, 7000, (client.address(), 7000)).unwrap();
    let mut crowds = [&inside, &outside].map(|server| Crowd::open(&a.netns, server, CONNECTIONS, 0).unwrap());
    let ear = b.udp(7001);
    setsockopt(&ear, RcvBufForce, &ROOM).unwrap();
    let replacements: [(&str, Change); 3] = [
        ("the same build", nothing),
        ("a build of another version", pins::as_another_version),
        ("a build of another layout", earlier_layout),
    ];
    for (what, change) in replacements {
        let (lost, sent, took) = numbered(&a.netns, &ear, (b.ip, 7001), || replace(&mut cluster, change));
        let alive: usize = crowds.iter_mut().map(Crowd::talk).sum();
        println!(
            "{what}: {lost} of {sent} packets lost, {} of {} connections broken; answers after {took:?}",
            2 * CONNECTIONS - alive,
            2 * CONNECTIONS
        );
        assert_eq!((lost, alive), (0, 2 * CONNECTIONS), "{what}");
        for node in 1..=2 {
            cluster.assert_drops(node, &Default::default(), &[]);
        }
    }
    let late = cluster.container(1, "web", "late");
    wait::until("who comes later is reached", SOON, || Ok(late.pings_once(b.ip))).unwrap();
}

/// Replaces both daemons, one after the other; how long each took until it answered.
fn replace(cluster: &mut Cluster, change: Change) -> [Duration; 2] {
    [1, 2].map(|number: u8| {
        let layout = cluster.lab.layout();
        let (bpf_dir, socket) = (layout.bpf_dir(number), layout.node_dir(number).join("run/causeway.sock"));
        let node = cluster.lab.node_mut(number.into());
        node.kill_daemon();
        change(&bpf_dir).unwrap();
        let begun = Instant::now();
        node.start_daemon().unwrap();
        wait::until("it answers", READY, || Ok(UnixStream::connect(&socket).is_ok())).unwrap();
        let took = begun.elapsed();
        node.wait_ready(2).unwrap();
        took
    })
}

/// Sends numbered packets while something is done: how many were lost, how many were sent, and what came of it.
fn numbered<T>(
    from: &Netns,
    ear: &UdpSocket,
    to: (Ipv4Addr, u16),
    act: impl FnOnce() -> T,
) -> (usize, u64, T) {
    let done = AtomicBool::new(false);
    let (sent, heard, came) = thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(ear));
        let sending = scope.spawn(|| send(from, to, &done));
        let came = act();
        done.store(true, Ordering::Relaxed);
        (sending.join().unwrap(), hearing.join().unwrap(), came)
    });
    ((0..sent).filter(|number| !heard.contains(number)).count(), sent, came)
}

/// Sends numbers until told to stop; how many.
fn send(from: &Netns, to: (Ipv4Addr, u16), done: &AtomicBool) -> u64 {
    let socket = from.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap().unwrap();
    let mut sent = 0_u64;
    while !done.load(Ordering::Relaxed) {
        socket.send_to(&sent.to_be_bytes(), to).unwrap();
        sent += 1;
        thread::sleep(APART);
    }
    sent
}

/// Takes what comes, until nothing has come for a second.
fn hear(ear: &UdpSocket) -> BTreeSet<u64> {
    let mut number = [0; 8];
    std::iter::from_fn(|| ear.recv(&mut number).ok().map(|_| u64::from_be_bytes(number))).collect()
}
