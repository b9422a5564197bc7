//! The mirror: which networks it follows, and for how long.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{DEADLINE, Store, embedded_bench, etcd_bench};
use crate::{
    desired::{State, container, world::World},
    model::{Id, Node},
    store::{Mirror, Txn, Write, schema::Part},
};

/// A node of a cluster in a store, and its mirror.
struct Scene {
    store: Arc<dyn Store>,
    world: World,
    /// The changes of the world that the store has.
    told: usize,
    own: Node,
    other: Node,
    mirror: Mirror,
}

impl Scene {
    async fn of(store: &Arc<dyn Store>) -> Self {
        let mut world = World::default();
        let (own, other) = (world.node(1), world.node(2));
        world.network("web", &["10.5.0.0/24"]);
        world.network("far", &["10.6.0.0/24"]);
        let mirror = Mirror::start(Arc::clone(store), own.id.clone());
        let mut scene = Self { store: Arc::clone(store), world, told: 0, own, other, mirror };
        scene.tell().await;
        timeout(DEADLINE, scene.mirror.loaded()).await.unwrap();
        scene
    }

    /// Has the store hold what the world does.
    async fn tell(&mut self) {
        for change in &self.world.changes[self.told..] {
            let write = |(key, value): &(String, Option<Vec<u8>>)| match value {
                Some(value) => Write::Put { key: key.clone(), value: value.clone(), lease: None },
                None => Write::Delete(key.clone()),
            };
            let writes = change.keys.iter().map(write).collect();
            self.store.commit(Txn { preconditions: Vec::new(), writes }).await.unwrap();
        }
        self.told = self.world.changes.len();
    }

    fn network(&self, name: &str) -> Id {
        self.world.state().network(name, &self.own.id).unwrap().id.clone()
    }

    async fn becomes(&self, what: &str, holds: impl Fn(&State) -> bool) {
        let mut changes = self.mirror.revision();
        let wait = async {
            while !self.mirror.read(&holds) {
                changes.changed().await.unwrap();
            }
        };
        timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    fn endpoints(&self) -> usize {
        self.mirror.read(|s| s.endpoints.len())
    }
}

async fn others_networks_cost_nothing(store: &Arc<dyn Store>) {
    let mut scene = Scene::of(store).await;
    scene.world.container("mine", &scene.own.clone(), &["web"]);
    scene.tell().await;
    // Parts are followed one by one: the networks may come after what is in them.
    let all = |s: &State| (s.networks.len(), s.containers.len(), s.endpoints.len()) == (2, 1, 1);
    scene.becomes("all that was before is known", all).await;
    let mut changes = scene.mirror.revision();
    changes.mark_unchanged();
    let before = scene.mirror.read(|s| s.changed);
    let other = scene.other.clone();
    for n in 0..50 {
        scene.world.container(&format!("theirs{n}"), &other, &["far"]);
    }
    scene.tell().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!changes.has_changed().unwrap(), "it was woken for others' endpoints");
    assert_eq!((scene.mirror.read(|s| s.changed), scene.endpoints()), (before, 1));
    scene.world.container("beside", &other, &["web"]);
    scene.tell().await;
    scene.becomes("a neighbour is known", |s| s.endpoints.len() == 2).await;
}

async fn a_network_is_known_from_the_first_container_to_the_last(store: &Arc<dyn Store>) {
    let mut scene = Scene::of(store).await;
    let (own, other) = (scene.own.clone(), scene.other.clone());
    scene.world.container("theirs", &other, &["far"]);
    scene.tell().await;
    let part = Part::Network(scene.network("far"));
    assert_eq!(scene.mirror.read(|s| s.revision_of(&part)), None);
    scene.world.container("mine", &own, &["far"]);
    scene.tell().await;
    scene.becomes("both are known", |s| s.endpoints.len() == 2).await;
    scene.world.decide(|s, _| container::exit(s, "mine", 0, 2)).unwrap();
    scene.tell().await;
    scene.becomes("nobody is", |s| s.endpoints.is_empty() && s.revision_of(&part).is_none()).await;
}

async fn who_asks_for_a_network_knows_it_as_long_as_he_does(store: &Arc<dyn Store>) {
    let mut scene = Scene::of(store).await;
    let other = scene.other.clone();
    scene.world.container("theirs", &other, &["far"]);
    scene.tell().await;
    let part = Part::Network(scene.network("far"));
    let (one, two) = (scene.mirror.follow([part.clone()]), scene.mirror.follow([part.clone()]));
    timeout(DEADLINE, one.loaded()).await.unwrap();
    assert_eq!(scene.endpoints(), 1);
    drop(one);
    assert!(two.is_loaded() && scene.endpoints() == 1, "another one asks for it still");
    drop(two);
    assert_eq!((scene.endpoints(), scene.mirror.read(|s| s.revision_of(&part))), (0, None));
}

async fn a_network_that_was_asked_for_stays_where_a_container_came_meanwhile(store: &Arc<dyn Store>) {
    let mut scene = Scene::of(store).await;
    let own = scene.own.clone();
    let part = Part::Network(scene.network("far"));
    let following = scene.mirror.follow([part.clone()]);
    timeout(DEADLINE, following.loaded()).await.unwrap();
    scene.world.container("mine", &own, &["far"]);
    scene.tell().await;
    scene.becomes("its record is known", |s| s.containers.len() == 1).await;
    drop(following);
    assert!(scene.mirror.read(|s| s.revision_of(&part)).is_some(), "there was a moment without it");
}

macro_rules! both {
    ($($test:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(&super::embedded_bench().await.store).await;
            })+
        }
        mod etcd {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(&super::etcd_bench().await.store).await;
            })+
        }
    };
}

both! {
    others_networks_cost_nothing,
    a_network_is_known_from_the_first_container_to_the_last,
    who_asks_for_a_network_knows_it_as_long_as_he_does,
    a_network_that_was_asked_for_stays_where_a_container_came_meanwhile,
}
