//! Backends that come and go while requests are under way: none of them fails.

use std::{
    net::Ipv4Addr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    cast::{Cluster, Container, PORT, SOON},
    talk::{self, Answer},
};

fn scene(backends: &[(usize, &str)]) -> (Cluster, Ipv4Addr, Vec<Container>) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    for (node, name) in backends {
        cluster.server(*node, name, "--network web --service shop");
    }
    let clients =
        (1..=3).map(|node| cluster.client(node, &format!("client{node}"), "--network web")).collect();
    (cluster, vip, clients)
}

/// A request that was made: when it began, and what came of it.
type Request = (Instant, std::io::Result<Answer>);

/// Makes requests from all clients until `work` is done; all that were made.
fn under_load(clients: &[Container], vip: Ipv4Addr, work: impl FnOnce()) -> Vec<Request> {
    let (done, requests) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for client in clients {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let request = (Instant::now(), talk::ask(&client.netns, vip));
                    requests.lock().unwrap().push(request);
                }
            });
        }
        work();
        done.store(true, Ordering::Relaxed);
    });
    requests.into_inner().unwrap()
}

fn failed(requests: &[Request]) -> Vec<&Request> {
    requests.iter().filter(|(_, answer)| answer.is_err()).collect()
}

fn state(cluster: &Cluster, name: &str) -> String {
    let backends = cluster.backends(1, "shop");
    backends.iter().find(|b| b.name == name).map(|b| b.state.clone()).unwrap_or_default()
}

fn becomes(cluster: &Cluster, name: &str, wanted: &str) {
    let there = || Ok(state(cluster, name) == wanted);
    causeway_lab::wait::until(&format!("{name} becomes {wanted}"), SOON, there).unwrap();
}

#[test]
fn no_request_fails_while_backends_are_drained_stopped_and_started() {
    let (cluster, vip, clients) = scene(&[(1, "one"), (2, "two")]);
    cluster.cw(1, &format!("service update --health-tcp {PORT} shop"));
    for name in ["one", "two"] {
        becomes(&cluster, name, "active");
    }
    let requests = under_load(&clients, vip, || {
        for round in 0..4 {
            let (node, name) = [(1, "one"), (2, "two")][round % 2];
            if round < 2 {
                cluster.cw(3, &format!("service update --drain {name} shop"));
                thread::sleep(Duration::from_millis(100));
            }
            cluster.cw(node, &format!("stop {name}"));
            cluster.cw(node, &format!("rm {name}"));
            cluster.serve_on(node, name, "--network web --service shop", PORT);
            becomes(&cluster, name, "active");
        }
    });
    println!("{} requests", requests.len());
    assert!(requests.len() > 200, "{}", requests.len());
    let bad = failed(&requests);
    assert!(bad.is_empty(), "{} of {} failed, the first: {:?}", bad.len(), requests.len(), bad[0]);
}

#[test]
fn what_a_draining_backend_has_it_keeps_and_it_gets_nothing_new() {
    let (cluster, vip, clients) = scene(&[(1, "one"), (2, "two")]);
    let kept: Vec<_> = (0..20).map(|_| talk::connect(&clients[2].netns, vip).unwrap()).collect();
    let before: Vec<Answer> = kept.iter().map(|stream| talk::on(stream).unwrap()).collect();
    assert!(before.iter().any(|answer| answer.server == "one"));
    cluster.cw(2, "service update --drain one shop");
    let states = cluster.backends(3, "shop");
    assert!(states.iter().any(|b| b.name == "one" && b.state == "draining"), "{states:?}");
    for client in &clients {
        assert!(talk::who(&client.netns, vip, 30).iter().all(|name| name == "two"), "{}", client.name);
    }
    let after: Vec<Answer> = kept.iter().map(|stream| talk::on(stream).unwrap()).collect();
    assert_eq!(after, before);
    cluster.cw(2, "service update --undrain one shop");
    assert!(talk::who(&clients[0].netns, vip, 40).iter().any(|name| name == "one"));
}

#[test]
fn a_request_that_is_under_way_comes_to_its_end_while_its_backend_drains() {
    let (cluster, vip, clients) = scene(&[(1, "one")]);
    let stream = talk::connect(&clients[1].netns, vip).unwrap();
    use std::io::{Read as _, Write as _};
    (&stream).write_all(b"sleep 0.5\n").unwrap();
    thread::scope(|scope| {
        scope.spawn(|| cluster.cw(2, "service update --drain one shop"));
        let mut answer = [0; 64];
        let length = (&stream).read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"one "));
    });
}

#[test]
fn a_backend_gets_nothing_until_its_port_takes_connections() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", &format!("--health-tcp {PORT}"), "shop");
    cluster.server(1, "one", "--network web --service shop");
    let client = cluster.client(2, "client", "--network web");
    becomes(&cluster, "one", "active");
    // It listens elsewhere, and so never where it should.
    cluster.serve_on(2, "deaf", "--network web --service shop", PORT + 1);
    thread::sleep(Duration::from_millis(1_500));
    assert_eq!(state(&cluster, "deaf"), "starting");
    assert!(talk::who(&client.netns, vip, 30).iter().all(|name| name == "one"));
    cluster.cw(1, &format!("service update --health-tcp {} shop", PORT + 1));
    becomes(&cluster, "deaf", "active");
    becomes(&cluster, "one", "starting");
    cluster.cw(1, "service update --health-tcp none shop");
    becomes(&cluster, "one", "active");
}
