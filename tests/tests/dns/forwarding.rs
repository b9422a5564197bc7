//! Names that are not ours.

use std::{
    collections::BTreeSet,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use hickory_proto::{op::ResponseCode, rr::RecordType};

use crate::{
    clients::{Datagrams, Stream, addresses, query, with_edns},
    names,
    scene::Scene,
    upstream::{Says, Upstream},
};

const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 61);
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 62);
const THIRD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 63);
const SERVERS: &[&str] = &["127.0.0.61", "127.0.0.62", "127.0.0.63"];

fn scene(says: &[Says]) -> (Scene, Vec<Upstream>) {
    let scene = Scene::set(&names::cluster(2, 0), SERVERS);
    let addrs = [FIRST, SECOND, THIRD];
    let servers = says.iter().zip(addrs).map(|(says, addr)| Upstream::start(&scene.host, addr, *says));
    let servers = servers.collect();
    (scene, servers)
}

#[test]
fn the_hosts_servers_are_asked_from_the_hosts_namespace() {
    let (scene, servers) = scene(&[Says::Addresses(1), Says::Addresses(1)]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    let answer = client.ask("eXample.org", RecordType::A);
    assert_eq!(addresses(&answer), [FIRST]);
    assert_eq!(answer.queries[0].name().to_string(), "eXample.org.");
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("example.org", RecordType::A)), [FIRST]);
    assert_eq!(servers[1].asked(), [], "the first one answered");
    assert_eq!(scene.server.counts().forwarded, 2);
}

#[test]
fn a_known_name_never_leaves() {
    let (scene, servers) = scene(&[Says::Addresses(1)]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    for kind in [RecordType::A, RecordType::AAAA, RecordType::MX, RecordType::TXT] {
        assert_eq!(client.ask("c2", kind).metadata.response_code, ResponseCode::NoError);
    }
    assert_eq!(servers[0].asked(), []);
}

#[test]
fn the_servers_code_is_passed_on() {
    let (scene, _servers) = scene(&[Says::Code(ResponseCode::NXDomain)]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    assert_eq!(client.ask("no.example", RecordType::A).metadata.response_code, ResponseCode::NXDomain);
}

#[test]
fn one_dead_server_costs_less_than_a_second() {
    let (scene, servers) = scene(&[Says::Nothing, Says::Addresses(1)]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    let (answer, took) = client.timed("example.org");
    assert_eq!(addresses(&answer), [SECOND]);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(servers[0].asked().len(), 1, "it was asked, in its order");
    let began = Instant::now();
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("example.org", RecordType::A)), [SECOND]);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn two_dead_servers_cost_less_than_a_second() {
    let (scene, _servers) = scene(&[Says::Nothing, Says::Nothing, Says::Addresses(1)]);
    let (answer, took) = Datagrams::new(&scene.container, scene.udp()).timed("example.org");
    assert_eq!(addresses(&answer), [THIRD]);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn a_server_that_declines_is_passed_over_at_once() {
    let refused = Says::Code(ResponseCode::Refused);
    let (scene, _servers) = scene(&[Says::Code(ResponseCode::ServFail), refused, Says::Addresses(1)]);
    let (answer, took) = Datagrams::new(&scene.container, scene.udp()).timed("example.org");
    assert_eq!(addresses(&answer), [THIRD]);
    assert!(took < Duration::from_millis(200), "{took:?}");
}

#[test]
fn all_dead_is_servfail_within_five_seconds() {
    let (scene, _servers) = scene(&[Says::Nothing, Says::Nothing, Says::Nothing]);
    let (answer, took) = Datagrams::new(&scene.container, scene.udp()).timed("example.org");
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(5), "{took:?}");
    assert_eq!(scene.server.counts().failed, 1);
}

#[test]
fn answers_to_other_questions_are_passed_over() {
    let (scene, _servers) = scene(&[Says::LiesFirst]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    for _ in 0..20 {
        assert_eq!(addresses(&client.ask("example.org", RecordType::A)), [FIRST]);
    }
}

#[test]
fn ids_and_ports_cannot_be_foretold() {
    const TIMES: usize = 60;
    let (scene, servers) = scene(&[Says::Addresses(1)]);
    let client = Datagrams::new(&scene.container, scene.udp());
    for _ in 0..TIMES {
        client.exchange(&query(4711, "example.org", RecordType::A));
    }
    let asked = servers[0].asked();
    let ports: BTreeSet<u16> = asked.iter().map(|(from, _)| from.port()).collect();
    let ids: BTreeSet<u16> = asked.iter().map(|(_, id)| *id).collect();
    assert_eq!(asked.len(), TIMES);
    assert!(ports.len() > TIMES * 9 / 10 && ids.len() > TIMES * 9 / 10, "{} {}", ports.len(), ids.len());
    let apart = |numbers: &BTreeSet<u16>| numbers.last().unwrap() - numbers.first().unwrap();
    assert!(apart(&ports) > 10_000 && apart(&ids) > 30_000, "{ports:?} {ids:?}");
}

#[test]
fn an_answer_that_was_cut_is_fetched_whole_for_a_client_that_takes_it() {
    // Forty addresses are some 700 bytes, five hundred some 8,000.
    let (scene, servers) = scene(&[Says::Addresses(40)]);
    let client = Datagrams::new(&scene.container, scene.udp());
    let plain = client.exchange(&query(1, "example.org", RecordType::A));
    assert!(plain.metadata.truncation);
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("example.org", RecordType::A)).len(), 40);
    let roomy = client.exchange(&with_edns(query(2, "example.org", RecordType::A), 1232));
    assert_eq!((roomy.metadata.truncation, addresses(&roomy).len()), (false, 40));
    drop((scene, servers));
}

#[test]
fn servers_of_a_containers_own_are_asked_from_its_namespace() {
    let state = names::with_servers(names::cluster(1, 0), 1, &["127.0.0.61"]);
    let scene = Scene::set(&state, &["127.0.0.61"]);
    let hosts = Upstream::start(&scene.host, FIRST, Says::Addresses(1));
    let containers = Upstream::start(&scene.container, FIRST, Says::Addresses(2));
    let mut client = Datagrams::new(&scene.container, scene.udp());
    assert_eq!(addresses(&client.ask("example.org", RecordType::A)).len(), 2);
    assert_eq!((hosts.asked().len(), containers.asked().len()), (0, 1));
}

#[test]
fn nothing_leaves_an_internal_network() {
    let scene = Scene::set(&names::internal(names::cluster(2, 0)), SERVERS);
    let server = Upstream::start(&scene.host, FIRST, Says::Addresses(1));
    let mut client = Datagrams::new(&scene.container, scene.udp());
    assert_eq!(client.ask("example.org", RecordType::A).metadata.response_code, ResponseCode::ServFail);
    assert_eq!(addresses(&client.ask("c2", RecordType::A)), [names::address(2)]);
    assert_eq!(server.asked(), []);
}

#[test]
fn a_host_whose_servers_change_has_its_new_ones_asked() {
    let (scene, _servers) = scene(&[Says::Addresses(1), Says::Addresses(1)]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    assert_eq!(addresses(&client.ask("example.org", RecordType::A)), [FIRST]);
    std::fs::write(scene.files().join("resolv.conf"), "nameserver 127.0.0.62\n").unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(addresses(&client.ask("example.org", RecordType::A)), [SECOND]);
}
