use super::{Conflict, Kind, World, container, node, refused};
use crate::model::{Availability, Id};

#[test]
fn a_node_takes_its_record_back() {
    let mut world = World::default();
    let node = world.node(1);
    world.decide(|s, _| node::update(s, "node1", Availability::Drain)).unwrap();
    let again = world.decide(|s, _| node::register(s, &node.id, "node1", node.vtep, "1.1")).unwrap();
    assert_eq!((again.version.as_str(), again.availability), ("1.1", Availability::Drain));
    assert_eq!(world.state().nodes.len(), 1);
}

#[test]
fn a_node_may_come_back_with_another_name_and_address() {
    let mut world = World::default();
    let node = world.node(1);
    world.decide(|s, _| node::register(s, &node.id, "new", [198, 18, 0, 9].into(), "1.0")).unwrap();
    let kept: Vec<_> =
        world.keys().into_iter().filter(|k| k.contains("node-names") || k.contains("vteps")).collect();
    assert_eq!(kept, ["node-names/new", "vteps/198.18.0.9"], "the old claims are given up");
    world.decide(|s, _| node::register(s, &Id::random(), "node1", node.vtep, "1.0")).unwrap();
}

#[test]
fn another_node_with_a_taken_name_or_address_is_refused() {
    let mut world = World::default();
    world.node(1);
    let before = world.state();
    let register = |world: &mut World, name: &str, last| {
        world.decide(|s, _| node::register(s, &Id::random(), name, [198, 18, 0, last].into(), "1.0"))
    };
    refused(register(&mut world, "node1", 2), Kind::Conflict, &["'node1'", "--node"]);
    refused(register(&mut world, "other", 1), Kind::Conflict, &["198.18.0.1", "'node1'", "--underlay"]);
    refused(register(&mut world, "a b", 3), Kind::Invalid, &["'a b'"]);
    // Two at once: each saw the name free.
    let mut draw = |name: &str, last| {
        let vtep = [198, 18, 0, last].into();
        world.draw(&before, |s, _| node::register(s, &Id::random(), name, vtep, "1.0")).unwrap().1
    };
    let (first, same_name, same_address) = (draw("x", 5), draw("x", 6), draw("y", 5));
    world.commit(first).unwrap();
    assert_eq!(world.commit(same_name), Err(Conflict));
    assert_eq!(world.commit(same_address), Err(Conflict));
}

#[test]
fn a_node_is_removed_when_it_is_down_and_empty() {
    let mut world = World::default();
    let node = world.node(1);
    world.commit(node::alive(&node.id, 5, 1)).unwrap();
    assert_eq!(world.state().live, [(node.id.clone(), 5)].into());
    refused(world.decide(|s, _| node::remove(s, "node1")), Kind::Conflict, &["'node1' is alive"]);
    world
        .commit(crate::store::Txn {
            preconditions: Vec::new(),
            writes: vec![crate::store::Write::Delete(format!("live/{}", node.id))],
        })
        .unwrap();
    world.container("c", &node, &[]);
    refused(world.decide(|s, _| node::remove(s, "node1")), Kind::Conflict, &["'node1' still has containers"]);
    world.decide(|s, _| container::remove(s, "c")).unwrap();
    world.decide(|s, _| node::remove(s, "node1")).unwrap();
    assert_eq!(world.keys(), [""; 0]);
    assert_eq!(world.commit(node::alive(&node.id, 6, 1)), Err(Conflict), "it must register again");
}
