//! Questions and their outcomes, row by row.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, net::Ipv4Addr, sync::Arc};

use hickory_proto::rr::{Name, RData};
use rand::{SeedableRng as _, rngs::StdRng};

use super::*;
use crate::{
    desired::State,
    dns::{Names, world},
    model::{Availability, BackendState, Driver, Id, Node},
};

const VIP: Ipv4Addr = Ipv4Addr::new(10, 255, 0, 5);

/// Networks front (10.0.1), back (10.0.2), lan.example (bridge, 10.0.3), closed (internal, 10.0.4), and
/// the node's default one. `web`, `db`, `cache` and so on; services `shop` (VIP), `pool` (dnsrr), `idle`.
fn cluster() -> State {
    let mut state = world::cluster();
    world::network(&mut state, 1, "front", |_| {});
    world::network(&mut state, 2, "Back", |_| {});
    world::network(&mut state, 3, "lan.example", |n| {
        (n.driver, n.node) = (Driver::Bridge, Some(world::own()));
    });
    world::network(&mut state, 4, "closed", |n| n.internal = true);
    world::network(&mut state, 5, "bridge", |n| (n.driver, n.node) = (Driver::Bridge, Some(world::own())));
    let state = &mut state;
    world::container(state, 2, "web", &world::own(), &[(3, &[]), (1, &["www", "Shared"])]);
    world::container(state, 3, "db", &world::other(), &[(2, &["shared"]), (1, &["shared"])]);
    world::container(state, 4, "hermit", &world::own(), &[(4, &[])]);
    world::container(state, 5, "plain", &world::own(), &[(5, &["unheard"])]);
    let shop = world::service(state, 1, "shop", 1, Some(VIP));
    let pool = world::service(state, 2, "pool", 1, None);
    world::service(state, 3, "idle", 1, None);
    world::service(state, 4, "closed-shop", 1, Some(Ipv4Addr::new(10, 255, 0, 6)));
    for (n, in_state) in [
        (10, BackendState::Active),
        (11, BackendState::Active),
        (12, BackendState::Starting),
        (13, BackendState::Draining),
    ] {
        let task = world::container(state, n, &format!("task.{n}"), &world::other(), &[(1, &["tasked"])]);
        world::backend(state, &shop, &task, in_state);
        world::backend(state, &pool, &task, in_state);
    }
    std::mem::take(state)
}

fn client_of(state: &State, container: u8) -> Arc<Client> {
    client_without(state, &[], container)
}

/// Where these nodes count as silent.
fn client_without(state: &State, silent: &[Id], container: u8) -> Arc<Client> {
    let silent = BTreeSet::from_iter(silent.iter().cloned());
    let names = Names::build(state, &world::own(), &silent, &Names::default());
    names.client(&world::id(2, container)).unwrap().clone()
}

fn ask(client: &Client, name: &str, kind: RecordType) -> Outcome {
    let mut name = Name::from_labels(name.split('.').filter(|l| !l.is_empty()).map(str::as_bytes)).unwrap();
    name.set_fqdn(true);
    answer(client, &Query::query(name, kind), &mut StdRng::seed_from_u64(1))
}

/// Data of the records, sorted; the codes of what is no answer.
fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Forward => "forward".to_owned(),
        Outcome::Refuse(code) => format!("{code:?}"),
        Outcome::Answer(Answer { unknown: true, .. }) => "unknown".to_owned(),
        Outcome::Answer(answer) => {
            let mut data: Vec<_> = answer.records.iter().map(|record| record.data.to_string()).collect();
            data.sort();
            data.join(" ")
        }
    }
}

#[track_caller]
fn rows(client: &Client, kind: RecordType, rows: &[(&str, &str)]) {
    for (name, want) in rows {
        assert_eq!(told(ask(client, name, kind)), *want, "{name} {kind}");
    }
}

#[test]
fn containers_are_found_by_each_of_their_names() {
    let (state, short) = (cluster(), world::id(2, 3).short().to_owned());
    let web = client_of(&state, 2);
    rows(
        &web,
        RecordType::A,
        &[
            ("db", "10.0.1.3"),
            ("DB", "10.0.1.3"),
            (&short, "10.0.1.3"),
            ("host-db", "10.0.1.3"),
            ("www", "10.0.1.2"),
            ("shared", "10.0.1.2 10.0.1.3"),
            // The cluster's networks come before the node's own, whatever the interfaces' order.
            ("web", "10.0.1.2"),
            ("task.10", "10.0.1.10"),
        ],
    );
}

#[test]
fn a_network_after_the_name_chooses_it() {
    let web = client_of(&cluster(), 2);
    rows(
        &web,
        RecordType::A,
        &[
            ("web.front", "10.0.1.2"),
            ("web.lan.example", "10.0.3.2"),
            ("web.LAN.Example", "10.0.3.2"),
            ("task.10.front", "10.0.1.10"),
            ("shop.front", "10.255.0.5"),
            ("tasks.shop.front", "10.0.1.10 10.0.1.11"),
            ("db.lan.example", "forward"),
            ("web.front.example", "forward"),
        ],
    );
}

#[test]
fn networks_that_are_not_shared_are_not_seen() {
    let web = client_of(&cluster(), 2);
    rows(
        &web,
        RecordType::A,
        &[
            ("db.back", "forward"),
            ("hermit", "forward"),
            ("plain", "forward"),
            ("unheard", "forward"),
            ("example.org", "forward"),
            ("", "forward"),
        ],
    );
}

#[test]
fn services_lead_to_their_address_or_to_who_is_ready() {
    let web = client_of(&cluster(), 2);
    rows(
        &web,
        RecordType::A,
        &[
            ("shop", "10.255.0.5"),
            ("tasks.shop", "10.0.1.10 10.0.1.11"),
            ("tasks.tasked", "10.0.1.10 10.0.1.11"),
            ("pool", "10.0.1.10 10.0.1.11"),
            ("Tasks.Pool", "10.0.1.10 10.0.1.11"),
            // Nobody is there: an answer all the same.
            ("idle", ""),
            ("tasks.idle", ""),
            ("closed-shop", "10.255.0.6"),
        ],
    );
}

#[test]
fn a_service_wins_over_a_container_of_its_name() {
    let mut state = cluster();
    world::container(&mut state, 20, "shop", &world::other(), &[(1, &["pool"])]);
    let web = client_of(&state, 2);
    rows(&web, RecordType::A, &[("shop", "10.255.0.5"), ("pool", "10.0.1.10 10.0.1.11")]);
}

#[test]
fn backends_are_taken_out_by_drain_by_weight_and_with_their_node() {
    let mut state = cluster();
    let mut pool = state.services[&world::id(4, 2)].clone();
    pool.draining.insert(world::id(2, 10));
    state.services.insert(pool.id.clone(), pool.clone());
    rows(&client_of(&state, 2), RecordType::A, &[("pool", "10.0.1.11")]);
    pool.draining.clear();
    pool.weights.insert(world::id(2, 11), 0);
    state.services.insert(pool.id.clone(), pool);
    rows(&client_of(&state, 2), RecordType::A, &[("pool", "10.0.1.10")]);
    let dead = world::container(&mut state, 30, "ghost", &world::dead(), &[(1, &["shared"])]);
    world::backend(&mut state, &world::id(4, 2), &dead, BackendState::Active);
    rows(&client_of(&state, 2), RecordType::A, &[("pool", "10.0.1.10"), ("shared", "10.0.1.2 10.0.1.3")]);
    let drained = Node {
        id: world::other(),
        name: "other".to_owned(),
        vtep: Ipv4Addr::new(198, 18, 0, 2),
        version: String::new(),
        availability: Availability::Drain,
        machine: String::new(),
    };
    let mut draining = state.clone();
    draining.nodes.insert(world::other(), drained);
    rows(&client_of(&draining, 2), RecordType::A, &[("pool", "10.0.1.30"), ("task.10", "10.0.1.10")]);
    // Everybody's sign of life was lost: the store was away, not the nodes.
    state.live.clear();
    rows(&client_of(&state, 2), RecordType::A, &[("pool", "10.0.1.10 10.0.1.30"), ("ghost", "10.0.1.30")]);
}

#[test]
fn names_on_a_node_that_is_silent_for_good_are_not_known() {
    let mut state = cluster();
    let dead = world::container(&mut state, 30, "ghost", &world::dead(), &[(1, &["shared"])]);
    world::backend(&mut state, &world::id(4, 2), &dead, BackendState::Active);
    let asked = |state: &State| client_without(state, &[world::dead(), world::own()], 2);
    let known = [("ghost", "forward"), ("shared", "10.0.1.2 10.0.1.3"), ("pool", "10.0.1.10 10.0.1.11")];
    rows(&asked(&state), RecordType::A, &known);
    rows(&asked(&state), RecordType::PTR, &[("30.1.0.10.in-addr.arpa", "unknown")]);
    rows(&asked(&state), RecordType::A, &[("web", "10.0.1.2")]);
    // It gives one again: that counts at once.
    state.live.insert(world::dead(), crate::model::SignOfLife::default());
    rows(&asked(&state), RecordType::A, &[("ghost", "10.0.1.30")]);
}

#[test]
fn a_known_name_without_such_records_is_an_empty_answer() {
    let web = client_of(&cluster(), 2);
    for kind in [RecordType::AAAA, RecordType::MX, RecordType::TXT, RecordType::HTTPS, RecordType::SRV] {
        rows(&web, kind, &[("db", ""), ("shop", ""), ("tasks.pool", ""), ("idle", ""), ("db.front", "")]);
        rows(&web, kind, &[("example.org", "forward")]);
    }
    rows(&web, RecordType::ANY, &[("db", "10.0.1.3")]);
}

#[test]
fn addresses_have_the_name_with_their_network() {
    let web = client_of(&cluster(), 2);
    rows(
        &web,
        RecordType::PTR,
        &[
            ("3.1.0.10.in-addr.arpa", "db.front."),
            ("2.3.0.10.in-addr.arpa", "web.lan.example."),
            ("5.0.255.10.IN-ADDR.arpa", "shop.front."),
            ("10.1.0.10.in-addr.arpa", "task.10.front."),
            // Nobody has it, and nobody else can.
            ("99.1.0.10.in-addr.arpa", "unknown"),
            ("3.2.0.10.in-addr.arpa", "forward"),
            ("8.8.8.8.in-addr.arpa", "forward"),
            ("1.0.10.in-addr.arpa", "forward"),
        ],
    );
    rows(&web, RecordType::A, &[("3.1.0.10.in-addr.arpa", "")]);
}

#[test]
fn ports_of_services_lead_to_where_they_are_served() {
    let web = client_of(&cluster(), 2);
    rows(
        &web,
        RecordType::SRV,
        &[
            ("_80._tcp.shop", "0 0 8080 shop."),
            ("_8080._tcp.shop.front", "0 0 8080 shop."),
            ("8080.TCP.shop", "0 0 8080 shop."),
            ("_53._udp.shop", "0 0 5353 shop."),
            ("_80._tcp.pool", "0 0 8080 task.10. 0 0 8080 task.11."),
            ("_80._tcp.idle", ""),
            ("_81._tcp.shop", "unknown"),
            ("_80._udp.shop", "unknown"),
            ("_80._tcp.db", "forward"),
            ("_80._sctp.shop", "forward"),
        ],
    );
    rows(&web, RecordType::A, &[("_80._tcp.shop", "")]);
    let Outcome::Answer(answer) = ask(&web, "_80._tcp.pool", RecordType::SRV) else { panic!("no answer") };
    let added: Vec<_> = answer.additionals.iter().map(ToString::to_string).collect();
    assert_eq!(added, ["task.10. 0 IN A 10.0.1.10", "task.11. 0 IN A 10.0.1.11"]);
}

#[test]
fn answers_carry_the_question_as_it_was_spelled_and_short_lives() {
    let web = client_of(&cluster(), 2);
    for (name, ttl) in [("dB", 0), ("sHop", 5), ("tAsks.Shop", 0)] {
        let Outcome::Answer(answer) = ask(&web, name, RecordType::A) else { panic!("no answer") };
        for record in answer.records {
            assert_eq!((record.name.to_string(), record.ttl), (format!("{name}."), ttl));
        }
    }
}

#[test]
fn the_order_of_addresses_is_left_to_chance() {
    let web = client_of(&cluster(), 2);
    let question = Query::query(Name::from_ascii("pool.").unwrap(), RecordType::A);
    let mut chance = StdRng::seed_from_u64(1);
    let first = |chance: &mut _| match answer(&web, &question, chance) {
        Outcome::Answer(answer) => matches!(answer.records[0].data, RData::A(a) if a.0.octets()[3] == 10),
        other => panic!("{other:?}"),
    };
    let times = (0..200).filter(|_| first(&mut chance)).count();
    assert!((60..140).contains(&times), "{times}");
}

#[test]
fn what_is_for_the_search_list_stays_when_ndots_was_set() {
    let mut state = cluster();
    let options = |state: &mut State, word: &str| {
        state.containers.get_mut(&world::id(2, 2)).unwrap().files.dns_options = vec![word.to_owned()];
    };
    options(&mut state, "ndots:2");
    let web = client_of(&state, 2);
    rows(&web, RecordType::A, &[("nobody", ""), ("nobody.org", "forward"), ("db", "10.0.1.3")]);
    rows(&web, RecordType::AAAA, &[("nobody", "")]);
    rows(&web, RecordType::MX, &[("nobody", "forward")]);
    options(&mut state, "timeout:2");
    rows(&client_of(&state, 2), RecordType::A, &[("nobody", "forward")]);
}

#[test]
fn nothing_leaves_an_internal_network_but_to_servers_of_the_containers_own() {
    let mut state = cluster();
    rows(&client_of(&state, 4), RecordType::A, &[("hermit", "10.0.4.4"), ("example.org", "ServFail")]);
    let said = &mut state.containers.get_mut(&world::id(2, 4)).unwrap().files;
    said.dns = vec!["127.0.0.11".parse().unwrap(), "10.0.4.9".parse().unwrap()];
    let hermit = client_of(&state, 4);
    rows(&hermit, RecordType::A, &[("example.org", "forward")]);
    assert_eq!(hermit.servers, ["10.0.4.9".parse::<std::net::IpAddr>().unwrap()], "never ourselves");
}

#[test]
fn other_classes_and_transfers_are_refused() {
    let web = client_of(&cluster(), 2);
    rows(&web, RecordType::AXFR, &[("db", "Refused"), ("example.org", "Refused")]);
    let mut question = Query::query(Name::from_ascii("version.bind.").unwrap(), RecordType::TXT);
    question.set_query_class(DNSClass::CH);
    let outcome = answer(&web, &question, &mut StdRng::seed_from_u64(1));
    assert_eq!(outcome, Outcome::Refuse(ResponseCode::Refused));
}

#[test]
fn a_dot_inside_a_label_separates_nothing() {
    let web = client_of(&cluster(), 2);
    let name = Name::from_labels([&b"web.front"[..]]).unwrap();
    let outcome = answer(&web, &Query::query(name, RecordType::A), &mut StdRng::seed_from_u64(1));
    assert_eq!(outcome, Outcome::Forward);
}

#[test]
fn only_containers_of_user_defined_networks_of_this_node_are_clients() {
    let names = Names::build(&cluster(), &world::own(), &BTreeSet::new(), &Names::default());
    let is_client = |n| names.client(&world::id(2, n)).is_some();
    assert_eq!([2, 3, 4, 5].map(is_client), [true, false, true, false]);
}

#[test]
fn an_exited_container_is_no_client_and_has_no_name() {
    let mut state = cluster();
    let gone = |id: Id, state: &mut State| state.endpoints.retain(|e| e.container != id);
    gone(world::id(2, 3), &mut state);
    rows(&client_of(&state, 2), RecordType::A, &[("db", "forward"), ("shared", "10.0.1.2")]);
    rows(&client_of(&state, 2), RecordType::PTR, &[("3.1.0.10.in-addr.arpa", "unknown")]);
}
