//! Resolvers' sockets in the manager's hands: what containers ask while no daemon runs is answered by the next one.

use std::{
    collections::BTreeMap,
    io::Read as _,
    net::{Ipv4Addr, UdpSocket},
    os::{
        fd::{AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    time::Duration,
};

use causeway_lab::Netns;
use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};

use super::{scene::Scene, socket::Word};

/// Descriptors from here on are handed to daemons.
const FIRST: i32 = 500;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Descriptors in the manager's store, by name.
#[derive(Default)]
struct Stored(BTreeMap<String, OwnedFd>);

impl Stored {
    /// What a word changes.
    fn take(&mut self, mut word: Word) {
        let Some(name) = word.value("FDNAME").map(str::to_owned) else { return };
        if word.says("FDSTORE=1") {
            assert!(word.says("FDPOLL=0"), "an error on it would have it thrown away");
            self.0.insert(name, word.descriptors.pop().unwrap());
        } else if word.says("FDSTOREREMOVE=1") {
            self.0.remove(&name);
        }
    }

    /// Waits until there are so many.
    fn take_until(&mut self, scene: &Scene, count: usize) {
        while self.0.len() < count {
            self.take(scene.manager.next(PATIENCE).expect("the daemon stores a socket"));
        }
    }

    /// Lays them out as a daemon finds them, under numbers that follow one another; its environment.
    fn handed(&self) -> (Vec<OwnedFd>, [(&'static str, String); 3]) {
        let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let mut handed = Vec::new();
        for (number, descriptor) in (FIRST..).zip(self.0.values()) {
            let copy = fcntl_dupfd_cloexec(descriptor, number).unwrap();
            assert_eq!(copy.as_raw_fd(), number, "descriptors from {FIRST} on are free");
            fcntl_setfd(&copy, FdFlags::empty()).unwrap();
            handed.push(copy);
        }
        let environment = [
            ("LISTEN_FDS", handed.len().to_string()),
            ("LISTEN_FDS_FIRST_FD", FIRST.to_string()),
            ("LISTEN_FDNAMES", names.join(":")),
        ];
        (handed, environment)
    }
}

/// Asks for the addresses of a name (RFC 1035 §4.1); the id of the question is `id`.
fn ask(socket: &UdpSocket, id: u16, name: &str) {
    let mut query = id.to_be_bytes().to_vec();
    query.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    query.push(u8::try_from(name.len()).unwrap());
    query.extend(name.as_bytes());
    query.extend([0, 0, 1, 0, 1]);
    socket.send(&query).unwrap();
}

/// Waits for the answer to a question; whether it holds an address.
fn is_answered(socket: &UdpSocket, id: u16) -> bool {
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).unwrap();
    length > 12 && answer[..2] == id.to_be_bytes() && answer[7] > 0
}

fn resolver_of(netns: &Netns) -> UdpSocket {
    let socket = netns.run(|| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(127, 0, 0, 11), 53)).map(|()| socket)
    });
    let socket = socket.unwrap().unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn netns_of(scene: &Scene, container: &str) -> Netns {
    let shown: serde_json::Value = serde_json::from_str(&scene.cw(&format!("inspect {container}"))).unwrap();
    let path = shown[0]["NetworkSettings"]["SandboxKey"].as_str().unwrap().to_owned();
    Netns::open(path.rsplit('/').next().unwrap()).unwrap()
}

#[test]
fn what_a_container_asks_while_no_daemon_runs_the_next_one_answers() {
    let mut scene = Scene::set("");
    let mut stored = Stored::default();
    scene.manager.hears("READY=1");
    scene.cw("network create web");
    let id = scene.cw("run -d --name a --network web -- sleep 900");
    scene.cw("run -d --name b --network web -- sleep 900");
    let names = [format!("dns-udp-{id}"), format!("dns-tcp-{id}")];
    stored.take_until(&scene, 4);
    assert!(names.iter().all(|name| stored.0.contains_key(name)), "{:?}", stored.0.keys());
    let socket = resolver_of(&netns_of(&scene, "a"));
    ask(&socket, 1, "b");
    assert!(is_answered(&socket, 1));

    scene.lab.node_mut(1).kill_daemon();
    ask(&socket, 2, "b");
    let (handed, environment) = stored.handed();
    let environment = environment.each_ref().map(|(key, value)| (*key, value.as_str()));
    scene.start(&environment);
    drop(handed);
    assert!(is_answered(&socket, 2), "the question waited for the daemon");
    ask(&socket, 3, "b");
    assert!(is_answered(&socket, 3));

    // Who is gone keeps no namespace alive.
    scene.manager.hears_beside("READY=1", |word| word.says("READY=1"), |word| stored.take(word));
    assert_eq!(stored.0.len(), 4, "what was kept is kept");
    scene.cw("rm -f a");
    scene.lab.node_mut(1).stop_daemon();
    scene.manager.hears_beside("STOPPING=1", |word| word.says("STOPPING=1"), |word| stored.take(word));
    assert_eq!(stored.0.len(), 2, "{:?}", stored.0.keys());
    assert!(names.iter().all(|name| !stored.0.contains_key(name)));
}

#[test]
fn sockets_of_containers_that_have_gone_are_let_go() {
    let mut scene = Scene::set("");
    let mut stored = Stored::default();
    scene.manager.hears("READY=1");
    scene.cw("network create web");
    scene.cw("run -d --name a --network web -- sleep 900");
    stored.take_until(&scene, 2);
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    stored.0.insert("of-another-version".to_owned(), theirs.into());
    let (handed, environment) = stored.handed();
    scene.cw("rm -f a");
    scene.lab.node_mut(1).kill_daemon();
    let environment = environment.each_ref().map(|(key, value)| (*key, value.as_str()));
    scene.start(&environment);
    drop(handed);
    stored.0.remove("of-another-version");
    scene.manager.hears_beside("READY=1", |word| word.says("READY=1"), |word| stored.take(word));
    assert!(stored.0.is_empty(), "{:?}", stored.0.keys());
    ours.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(ours.read(&mut [0]).unwrap(), 0, "what the daemon does not know it closes");
}
