//! Dead servers, greedy and slow clients: known names do not wait for them.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use hickory_proto::{op::ResponseCode, rr::RecordType};

use crate::{
    clients::{Datagrams, Stream, addresses, query},
    names,
    scene::{RESOLVER, Scene},
    upstream::{Says, Upstream},
};

const DEAD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 61);
/// A container's queries that wait for other servers at once.
const WAITING: u16 = 128;
const ASKED: usize = 500;

fn scene() -> (Scene, Upstream) {
    let scene = Scene::set(&names::cluster(3, 0), &["127.0.0.61"]);
    let server = Upstream::start(&scene.host, DEAD, Says::Nothing);
    (scene, server)
}

/// As many queries at once as may wait, and some more.
fn greedy(client: &Datagrams, more: u16) {
    for n in 0..WAITING + more {
        client.send(&query(n, "example.org", RecordType::A).to_vec().unwrap());
    }
}

#[test]
fn known_names_do_not_wait_for_dead_servers_and_slow_clients() {
    let (scene, _server) = scene();
    let greedy_one = Datagrams::new(&scene.container, scene.udp());
    let _slow: Vec<_> = (0..64).map(|_| Stream::new(&scene.container, scene.tcp())).collect();
    let (other, ports) = scene.another(2);
    // The container that misbehaves, and another one.
    let own = Datagrams::new(&scene.container, scene.udp());
    for mut client in [own, Datagrams::new(&other, (RESOLVER, ports.udp).into())] {
        greedy(&greedy_one, 20);
        let mut times: Vec<_> = (0..ASKED).map(|_| known(&mut client)).collect();
        times.sort();
        // A loaded machine may take a thread away for longer, now and then.
        let nearly_all = times[ASKED * 95 / 100];
        assert!(nearly_all < Duration::from_millis(5), "{nearly_all:?}, at most {:?}", times[ASKED - 1]);
    }
}

fn known(client: &mut Datagrams) -> Duration {
    let (answer, took) = client.timed("c3");
    assert_eq!(addresses(&answer), [names::address(3)]);
    took
}

#[test]
fn a_greedy_container_is_refused_and_others_are_not() {
    let (scene, server) = scene();
    let client = Datagrams::new(&scene.container, scene.udp());
    greedy(&client, 20);
    let began = Instant::now();
    for _ in 0..20 {
        let answer = hickory_proto::op::Message::from_vec(&client.receive().unwrap()).unwrap();
        assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
    }
    assert!(began.elapsed() < Duration::from_secs(2), "they were told at once: {:?}", began.elapsed());
    assert_eq!(scene.server.counts().refused, 20);
    let (other, ports) = scene.another(2);
    let other = Datagrams::new(&other, (RESOLVER, ports.udp).into());
    other.send(&query(1, "example.org", RecordType::A).to_vec().unwrap());
    causeway_lab::wait::until("the other's query at the server", Duration::from_secs(2), || {
        Ok(server.asked().len() == usize::from(WAITING) + 1)
    })
    .unwrap();
    // Those that waited are told too, in the end.
    let answer = hickory_proto::op::Message::from_vec(&client.receive().unwrap()).unwrap();
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
}
