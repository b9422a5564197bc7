//! Services changed.

use std::collections::BTreeMap;

use super::{Conflict, Kind, Refusal, World, container, pool, refused, service};
use crate::{
    api::types::{EndpointMode, ServicePublish, ServiceUpdate},
    model::{Balance, PortMode, Protocol, ReturnPath, Service},
};

/// The service `web` in network `net` with the backends `a` and `b`, a container `other`, and `lone`
/// without network.
fn world() -> World {
    let mut world = World::default();
    let node = world.node(1);
    world.network("net", &["10.5.0.0/24"]);
    world.service("web", "net");
    world.service("lone", "");
    world.backend("a", &node, &["net"], &["web"]);
    world.backend("b", &node, &["net"], &["web"]);
    world.container("other", &node, &["net"]);
    world
}

fn update(world: &mut World, name: &str, request: &ServiceUpdate) -> Result<Service, Refusal> {
    world.decide(|s, g| {
        g.now = 2000;
        service::update(s, name, request, pool(), g)
    })
}

fn publish(published: u16, target: u16) -> ServicePublish {
    ServicePublish { published: Some(published), target, protocol: Protocol::Tcp, mode: PortMode::Host }
}

#[test]
fn what_is_not_named_stays() {
    let mut world = world();
    let before = world.state().service("web").unwrap().clone();
    let after = update(&mut world, "web", &ServiceUpdate::default()).unwrap();
    assert_eq!(after, Service { updated: 2000, ..before });
}

#[test]
fn every_flag_has_its_effect() {
    let mut world = world();
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let request = ServiceUpdate {
        balance: Some(Balance::Random),
        local_first: Some(true),
        affinity_seconds: Some(60),
        return_path: Some(ReturnPath::Dsr),
        health_tcp: Some(8080),
        label_add: labels(&[("team", "web"), ("tier", "1")]),
        publish_add: vec![publish(8080, 80), publish(8081, 81)],
        ..ServiceUpdate::default()
    };
    let made = update(&mut world, "web", &request).unwrap();
    assert_eq!((made.balance, made.local_first, made.return_path), (Balance::Random, true, ReturnPath::Dsr));
    assert_eq!((made.affinity_seconds, made.health_tcp), (Some(60), Some(8080)));
    assert_eq!(made.labels, request.label_add);
    assert_eq!(
        made.ports.iter().map(|p| (p.published, p.target)).collect::<Vec<_>>(),
        [(8080, 80), (8081, 81)]
    );
    let back = ServiceUpdate {
        affinity_seconds: Some(0),
        health_tcp: Some(0),
        local_first: Some(false),
        label_rm: vec!["team".into(), "unknown".into()],
        publish_rm: vec![(80, Protocol::Tcp)],
        publish_add: vec![publish(8080, 82)],
        ..ServiceUpdate::default()
    };
    let made = update(&mut world, "web", &back).unwrap();
    assert_eq!((made.affinity_seconds, made.health_tcp, made.local_first), (None, None, false));
    assert_eq!(made.labels, labels(&[("tier", "1")]));
    assert_eq!(
        made.ports.iter().map(|p| (p.published, p.target)).collect::<Vec<_>>(),
        [(8081, 81), (8080, 82)]
    );
    assert_eq!((made.balance, made.created), (Balance::Random, 1000));
}

#[test]
fn backends_have_weights_and_are_drained() {
    let mut world = world();
    let id = |world: &World, name: &str| world.state().container(name).unwrap().id.clone();
    let (a, b) = (id(&world, "a"), id(&world, "b"));
    let weigh = |name: &str, weight| ServiceUpdate {
        weights: [(name.to_owned(), weight)].into(),
        ..ServiceUpdate::default()
    };
    let made = update(&mut world, "web", &weigh("a", 3)).unwrap();
    assert_eq!(made.weights, [(a.clone(), 3)].into());
    assert_eq!(update(&mut world, "web", &weigh(&a.as_str()[..16], 1)).unwrap().weights, [].into());
    let drain = ServiceUpdate { drain: vec!["a".into(), b.to_string()], ..ServiceUpdate::default() };
    assert_eq!(update(&mut world, "web", &drain).unwrap().draining, [a.clone(), b.clone()].into());
    let undrain = ServiceUpdate { undrain: vec!["b".into()], ..ServiceUpdate::default() };
    assert_eq!(update(&mut world, "web", &undrain).unwrap().draining, [a].into());
    update(&mut world, "web", &weigh("b", 7)).unwrap();
    for name in ["a", "b"] {
        world.decide(|s, _| container::remove(s, name)).unwrap();
    }
    let made = update(&mut world, "web", &ServiceUpdate::default()).unwrap();
    assert!(made.draining.is_empty() && made.weights.is_empty(), "who is gone leaves nothing behind");
}

#[test]
fn a_virtual_address_is_given_up_and_another_one_given() {
    let mut world = world();
    let mode = |mode| ServiceUpdate { endpoint_mode: Some(mode), ..ServiceUpdate::default() };
    assert_eq!(update(&mut world, "web", &mode(EndpointMode::Dnsrr)).unwrap().vip, None);
    assert!(!world.keys().iter().any(|key| key.contains("vips/")));
    let again = update(&mut world, "web", &mode(EndpointMode::Vip)).unwrap();
    assert_eq!(again.vip.unwrap().to_string(), "10.255.0.2");
    assert!(world.keys().contains(&"claims/vips/10.255.0.2"));
    let same = update(&mut world, "web", &mode(EndpointMode::Vip)).unwrap();
    assert_eq!(same.vip, again.vip);
    refused(update(&mut world, "lone", &mode(EndpointMode::Vip)), Kind::Invalid, &["'lone'", "--network"]);
}

#[test]
fn bad_updates_are_refused() {
    let world = world();
    let with = |change: &dyn Fn(&mut ServiceUpdate)| {
        let mut request = ServiceUpdate::default();
        change(&mut request);
        update(&mut world.clone(), "web", &request)
    };
    refused(with(&|r| r.drain = vec!["nope".into()]), Kind::NotFound, &["'nope'", "'web'"]);
    refused(
        with(&|r| r.drain = vec!["other".into()]),
        Kind::NotFound,
        &["'other'", "'web'", "service ps web"],
    );
    refused(with(&|r| r.undrain = vec!["other".into()]), Kind::NotFound, &["'other'"]);
    for weight in [0, 1001] {
        let refusal = with(&|r| r.weights = [("a".to_owned(), weight)].into());
        refused(refusal, Kind::Invalid, &[&weight.to_string(), "1 to 1000", "--drain"]);
    }
    refused(with(&|r| r.publish_rm = vec![(80, Protocol::Udp)]), Kind::Conflict, &["80/udp", "'web'"]);
    refused(with(&|r| r.publish_add = vec![publish(8080, 0)]), Kind::Invalid, &["port 0"]);
    let missing = update(&mut world.clone(), "nope", &ServiceUpdate::default());
    refused(missing, Kind::NotFound, &["no service 'nope'"]);
}

#[test]
fn of_two_updates_at_once_one_decides_again() {
    let mut world = world();
    let before = world.state();
    let request = ServiceUpdate { local_first: Some(true), ..ServiceUpdate::default() };
    let (_, late) = world.draw(&before, |s, g| service::update(s, "web", &request, pool(), g)).unwrap();
    let (_, removal) = world.draw(&before, |s, _| service::remove(s, "web")).unwrap();
    update(&mut world, "web", &ServiceUpdate::default()).unwrap();
    assert_eq!(world.commit(late.clone()), Err(Conflict));
    assert_eq!(world.commit(removal), Err(Conflict));
    world.decide(|s, _| service::remove(s, "web")).unwrap();
    assert_eq!(world.commit(late), Err(Conflict), "a removed service does not come back");
}
