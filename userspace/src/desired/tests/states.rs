use super::{Kind, State, World, container, nobody, refused};
use crate::store::{Change, schema::Part};

#[test]
fn changes_lead_where_the_snapshot_leads() {
    let mut world = World::default();
    let (one, two) = (world.node(1), world.node(2));
    world.network("web", &[]);
    world.container("a", &one, &["web"]);
    world.container("b", &two, &["web"]);
    world.decide(|s, _| container::start(s, "a", 1, 1)).unwrap();
    world.decide(|s, _| container::exit(s, "a", 0, 2)).unwrap();
    world.alive(&one, 3);
    let mut followed = State::default();
    for change in &world.changes {
        followed.apply(change);
        followed.apply(change);
    }
    assert_eq!(followed.undated(), world.state().undated());
    assert_eq!(followed.revision, world.revision());
}

#[test]
fn a_sign_of_life_asks_for_no_other() {
    let mut world = World::default();
    let node = world.node(1);
    let mut state = world.state();
    let changed = state.changed;
    world.alive(&node, world.revision());
    state.apply(world.changes.last().unwrap());
    assert_eq!((state.revision, state.changed), (world.revision(), changed));
    world.network("web", &[]);
    state.apply(world.changes.last().unwrap());
    assert!(state.changed > changed);
    assert_eq!(state.parts().find(|(part, _)| **part == Part::Cluster).unwrap().1, world.revision());
}

#[test]
fn what_cannot_be_read_is_kept_and_named() {
    let mut world = World::default();
    let node = world.node(1);
    let mut state = world.state();
    let key = format!("cluster/nodes/{}", node.id);
    let change = |revision, value: Option<&[u8]>| Change {
        revision,
        keys: vec![
            (key.clone(), value.map(<[u8]>::to_vec)),
            ("cluster/services/later".to_owned(), Some(b"?".to_vec())),
        ],
    };
    state.apply(&change(10, Some(b"{}")));
    assert_eq!(state.nodes.get(&node.id), Some(&node));
    assert_eq!(state.unreadable, [key.clone()].into());
    state.apply(&change(11, None));
    assert!(state.nodes.is_empty() && state.unreadable.is_empty());
}

#[test]
fn things_are_found_by_name_id_and_beginning() {
    let mut world = World::default();
    let (a, _b) = (world.network("a", &[]), world.network("b", &[]));
    let state = world.state();
    for name in ["a", a.id.as_str(), &a.id.as_str()[..16]] {
        assert_eq!(state.network(name, &nobody()), Ok(&a), "{name}");
    }
    refused(state.network("0000", &nobody()), Kind::Invalid, &["'0000'", "several networks"]);
    refused(state.network("", &nobody()), Kind::NotFound, &["no network ''"]);
    refused(state.container("a"), Kind::NotFound, &["no container 'a'"]);
    refused(state.node("a"), Kind::NotFound, &["no node 'a'", "node ls"]);
}
