//! The shapes, field by field, as scripts read them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, net::Ipv4Addr, path::Path};

use serde_json::{Value, json};

use crate::{
    desired::State,
    model::{
        Availability, Container, ContainerState, Driver, Endpoint, Files, Id, Mac, Network, NetworkMode,
        Node, Process, Subnet,
    },
};

fn id(digit: char) -> Id {
    Id::parse(&String::from(digit).repeat(64)).unwrap()
}

fn network() -> Network {
    let subnet = |cidr: &str, vni| Subnet {
        cidr: cidr.parse().unwrap(),
        ip_range: None,
        gateway: Ipv4Addr::new(10, 0, 9, 1),
        aux: BTreeMap::new(),
        vni,
    };
    Network {
        id: id('a'),
        name: "web".into(),
        driver: Driver::Overlay,
        node: None,
        created: 0,
        subnets: vec![subnet("10.0.9.0/24", 4097), subnet("10.0.10.0/24", 4098)],
        internal: true,
        options: BTreeMap::new(),
        labels: BTreeMap::from([("k".into(), "v".into())]),
    }
}

fn container(state: ContainerState) -> Container {
    Container {
        services: Vec::new(),
        id: id('c'),
        name: "one".into(),
        node: id('d'),
        created: 60,
        process: Some(Process {
            command: vec!["sleep".into(), "9".into()],
            env: vec!["A=b".into()],
            hostname: "one".into(),
        }),
        netns: "/run/netns/cw-cccccccccccc".into(),
        state,
        labels: BTreeMap::new(),
        remove_on_exit: false,
        network_mode: NetworkMode::Attached,
        published: Vec::new(),
        exposed: Vec::new(),
        files: Files::default(),
        networks: vec![id('a')],
        docker: None,
    }
}

fn state() -> State {
    let addr = Ipv4Addr::new(10, 0, 9, 2);
    let endpoint = Endpoint {
        id: id('e'),
        network: id('a'),
        container: id('c'),
        container_name: "one".into(),
        node: id('d'),
        addr,
        prefix_len: 24,
        vni: 4097,
        mac: Mac::of(addr),
        ifname: "eth0".into(),
        aliases: vec!["alias".into()],
        fixed: false,
        hostname: Some("one".into()),
    };
    let node = Node {
        id: id('d'),
        name: "n1".into(),
        vtep: Ipv4Addr::new(198, 18, 0, 1),
        version: "0.1.0".into(),
        availability: Availability::Active,
        machine: String::new(),
    };
    let mut state = State::default();
    state.networks.insert(id('a'), network());
    state.endpoints.insert((id('a'), addr), endpoint);
    state.nodes.insert(id('d'), node);
    state
}

fn value(shape: impl serde::Serialize) -> Value {
    serde_json::to_value(shape).unwrap()
}

#[test]
fn a_network_shows_its_subnets_vnis_and_members_of_all_nodes() {
    let shape = value(super::network(&state(), &network()));
    assert_eq!(shape["Scope"], "global");
    assert_eq!(shape["Created"], "1970-01-01T00:00:00Z");
    assert_eq!(shape["IPAM"]["Config"][0], json!({"Subnet": "10.0.9.0/24", "Gateway": "10.0.9.1"}));
    assert_eq!(shape["Options"]["com.docker.network.driver.overlay.vxlanid_list"], "4097,4098");
    let member = &shape["Containers"][id('c').as_str()];
    assert_eq!(member["IPv4Address"], "10.0.9.2/24");
    assert_eq!(member["MacAddress"], "02:42:0a:00:09:02");
    assert_eq!(member["Node"], "n1");
}

#[test]
fn host_and_none_show_the_containers_that_run_in_that_mode() {
    let mut state = state();
    let in_mode = |digit, network_mode, state| Container { id: id(digit), network_mode, ..container(state) };
    let running = ContainerState::Running { pid: 7, started: 61 };
    let ended = ContainerState::Exited { code: 0, finished: 90 };
    let away = Container { node: id('9'), ..in_mode('4', NetworkMode::Host, running.clone()) };
    for one in [
        in_mode('1', NetworkMode::Host, running.clone()),
        in_mode('2', NetworkMode::None, running),
        in_mode('3', NetworkMode::Host, ended),
        away,
    ] {
        state.containers.insert(one.id.clone(), one);
    }
    let node = Id::parse(&format!("{}{}", "0".repeat(40), "12345678".repeat(3))).unwrap();
    let [host, none] = super::predefined(&state, &node);
    assert!(Id::parse(&host.id).is_some() && Id::parse(&none.id).is_some() && host.id != none.id);
    assert!(super::is_called(&host, "host") && super::is_called(&host, &host.id[..6]));
    assert!(!super::is_called(&host, "") && !super::is_called(&none, "host"));

    let [host, none] = super::predefined(&state, &id('d'));
    assert_eq!((host.driver.as_str(), host.scope.as_str()), ("host", "local"));
    assert_eq!((none.driver.as_str(), none.scope.as_str()), ("null", "local"));
    assert_eq!(host.containers.keys().collect::<Vec<_>>(), [id('1').as_str()]);
    assert_eq!(none.containers.keys().collect::<Vec<_>>(), [id('2').as_str()]);
    assert!(host.ipam.config.is_empty());
}

#[test]
fn a_container_shows_what_it_does_and_where_it_is_reached() {
    let running = container(ContainerState::Running { pid: 7, started: 61 });
    let shape = value(super::container(&state(), &running, Path::new("/log")));
    assert_eq!((&shape["Path"], &shape["Args"]), (&json!("sleep"), &json!(["9"])));
    let doing = json!({"Status": "running", "Running": true, "Pid": 7, "ExitCode": 0,
                       "StartedAt": "1970-01-01T00:01:01Z", "FinishedAt": ""});
    assert_eq!(shape["State"], doing);
    let endpoint = &shape["NetworkSettings"]["Networks"]["web"];
    assert_eq!(endpoint["Gateway"], "10.0.9.1");
    assert_eq!((&endpoint["IPAddress"], &endpoint["IPPrefixLen"]), (&json!("10.0.9.2"), &json!(24)));
    assert_eq!(endpoint["HostInterface"], "cweeeeeeeeeeee");
    assert_eq!(shape["LogPath"], "/log");
}

#[test]
fn an_ended_container_shows_its_status() {
    let ended = container(ContainerState::Exited { code: 137, finished: 90 });
    let shape = value(super::container(&State::default(), &ended, Path::new("/log")));
    assert_eq!((&shape["State"]["Status"], &shape["State"]["ExitCode"]), (&json!("exited"), &json!(137)));
    assert_eq!(shape["State"]["FinishedAt"], "1970-01-01T00:01:30Z");
    assert_eq!(shape["NetworkSettings"]["Networks"], json!({}));
}

#[test]
fn a_node_is_ready_while_it_gives_signs_of_life() {
    let mut state = state();
    let node = state.nodes[&id('d')].clone();
    assert_eq!(value(super::node(&state, &node, &id('f')))["Status"], "Down");
    state.live.insert(id('d'), crate::model::SignOfLife { applied: 9, mesh: 0 });
    let shape = value(super::node(&state, &node, &id('d')));
    assert_eq!(
        (&shape["Status"], &shape["AppliedRevision"], &shape["Self"]),
        (&json!("Ready"), &json!(9), &json!(true))
    );
}
