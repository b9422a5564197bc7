//! The store, and every node with its copy of it and its maps.

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::{
    history::{Choice, Event, What},
    record::Record,
};
use crate::{
    desired::{State, node, world::*},
    ipam::OVERLAY_VNIS,
    model::{Id, Node, SignOfLife},
    plan::{
        Host, Planner, Tables,
        tests::{
            convergence::{Rings, Said, own, rings, said},
            settle::settle,
        },
    },
    store::{Revision, schema::Key},
};

/// A lease's number; nobody else has any.
const LEASE: i64 = 7;

/// What has happened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) conflicts: usize,
    pub(super) refusals: usize,
    pub(super) deaths: usize,
    pub(super) returns: usize,
    pub(super) endpoints: usize,
    pub(super) services: usize,
}

/// A store and the nodes that share it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) world: World,
    pub(super) members: Vec<Member>,
    pub(super) record: Record,
    pub(super) seen: Seen,
}

/// A node.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) node: Node,
    /// Its copy of the store, after the first `heard` changes.
    pub(super) state: State,
    heard: usize,
    /// What its maps hold; they outlive it.
    tables: Tables,
    planner: Planner,
    lives: bool,
}

impl Cluster {
    pub(super) fn of(nodes: u8) -> Self {
        let mut world = World::default();
        let nodes: Vec<Node> = (1..=nodes).map(|n| world.node(n)).collect();
        let member = |node| Member {
            node,
            state: State::default(),
            heard: 0,
            tables: Tables::default(),
            planner: Planner::default(),
            lives: true,
        };
        let members: Vec<Member> = nodes.into_iter().map(member).collect();
        let mut cluster = Self { world, members, record: Record::default(), seen: Seen::default() };
        for n in 0..cluster.members.len() {
            cluster.listens(n, usize::MAX);
            cluster.sign_of_life(n, 0);
        }
        cluster
    }

    pub(super) fn seen(&self) -> Seen {
        Seen {
            endpoints: self.record.now.endpoint_count(),
            services: self.record.services.len(),
            ..self.seen
        }
    }

    /// Lets something happen, if it can.
    pub(super) fn happens(&mut self, event: &Event) {
        let n = event.node.index(self.members.len());
        match event.what {
            What::Return => self.returns(n),
            _ if !self.members[n].lives => {}
            What::Hear(changes) => self.hears(n, changes),
            What::Renew => self.renews(n),
            What::Die => self.dies(n),
            What::Strike => self.strikes(n, event.other),
            _ => self.acts(n, event),
        }
    }

    /// Everybody who lives hears everything.
    pub(super) fn comes_to_rest(&mut self) {
        for n in 0..self.members.len() {
            if self.members[n].lives {
                self.hears(n, usize::MAX);
            }
        }
    }

    /// So many changes reach the node; then its maps are made so, and it says how far they are.
    fn hears(&mut self, n: usize, changes: usize) {
        self.listens(n, changes);
        self.settles(n);
    }

    pub(super) fn listens(&mut self, n: usize, changes: usize) {
        let member = &mut self.members[n];
        let new = self.world.changes.iter().skip(member.heard).take(changes);
        for change in new {
            member.state.apply(change);
            member.heard += 1;
        }
    }

    fn renews(&mut self, n: usize) {
        self.members[n].state = self.world.state();
        self.members[n].heard = self.world.changes.len();
        self.settles(n);
    }

    /// The maps become what the copy says; that is what everybody was told up to the revision that the
    /// node reports.
    fn settles(&mut self, n: usize) {
        let vteps = self.vteps();
        let Member { node, state, tables, planner, .. } = &mut self.members[n];
        settle(planner, state, &with_silent(own(node, state), state), tables);
        let applied = state.parts().map(|(_, changed)| changed).max().unwrap_or_default();
        let expected = self.record.said_by(&node.id, state.revision, &vteps);
        assert_eq!(of_cluster(said(node, tables)), expected, "{} at {}", node.name, state.revision);
        self.sign_of_life(n, applied);
    }

    /// Written by what the node knows of itself; where its record has been written since, it reads that first.
    fn sign_of_life(&mut self, n: usize, applied: Revision) {
        let at = self.signs(n, applied).or_else(|| {
            self.listens(n, usize::MAX);
            self.signs(n, applied)
        });
        self.record.lives(at.expect("nobody removes a living node"), &self.members[n].node.id);
    }

    fn signs(&mut self, n: usize, applied: Revision) -> Option<Revision> {
        let Member { node, state, .. } = &self.members[n];
        let (_, txn) =
            alive(state, &node.id, &node.machine, &SignOfLife { applied, mesh: applied }, LEASE).ok()?;
        self.world.commit(txn).ok()
    }

    fn dies(&mut self, n: usize) {
        let member = &mut self.members[n];
        member.lives = false;
        let node = member.node.clone();
        self.world.silent(&node);
        self.record.silent(self.world.revision(), &node.id);
        self.seen.deaths += 1;
    }

    /// A daemon that starts again: its maps are as it left them, all else it reads.
    fn returns(&mut self, n: usize) {
        if self.members[n].lives {
            return;
        }
        let member = &mut self.members[n];
        member.lives = true;
        member.planner = Planner::default();
        member.state = self.world.state();
        member.heard = self.world.changes.len();
        let Node { id, name, vtep, .. } = member.node.clone();
        self.decide(n, |s, _| node::register(s, &registration(&id, &name, vtep)))
            .expect("nobody took its place");
        self.settles(n);
        self.seen.returns += 1;
    }

    /// Removes a node that is down, as some node sees it; one with containers by force.
    fn strikes(&mut self, n: usize, choice: Choice) {
        let down: Vec<Id> = self.members.iter().filter(|m| !m.lives).map(|m| m.node.id.clone()).collect();
        let Some(id) = pick(&down, choice) else { return };
        while let Some((removal, at)) = self.decide(n, |s, _| node::remove(s, id.as_str(), true)) {
            self.record.node_lost(at, &id, &self.world.state());
            if removal.done {
                return;
            }
        }
    }

    /// Whoever lives has the same maps as a node that plans for the first time, and they agree; the store
    /// holds all that was said to be done.
    pub(super) fn check(&self) {
        let state = self.world.state();
        self.record.check(&state);
        let is_report = |(key, _): &(String, _)| matches!(Key::parse(key), Some(Key::Live(_)));
        let changes = self.world.changes.iter().rev();
        let last = changes.map(|c| (c.revision, c.keys.iter().all(is_report))).find(|(_, report)| !report);
        let last = last.map_or(0, |(revision, _)| revision);
        let (mut everywhere, mut led) = (Said::new(), Rings::new());
        for Member { node, tables, .. } in self.members.iter().filter(|m| m.lives) {
            assert!(state.live[&node.id].applied >= last, "{} has not reported", node.name);
            let fresh =
                crate::plan::tables(&state, &with_silent(own(node, &state), &state), &Tables::default());
            assert_eq!(said(node, tables), said(node, &fresh));
            assert_eq!(rings(tables), rings(&fresh));
            agree(&mut everywhere, of_cluster(said(node, tables)));
            agree(&mut led, rings(tables));
        }
    }

    fn vteps(&self) -> BTreeMap<Id, Ipv4Addr> {
        self.members.iter().map(|m| (m.node.id.clone(), m.node.vtep)).collect()
    }
}

/// The same where whoever gives no sign of life has done so for long.
fn with_silent(host: Host, state: &State) -> Host {
    let silent_nodes = state.nodes.keys().filter(|id| !state.live.contains_key(id)).cloned().collect();
    Host { silent_nodes, ..host }
}

/// What is said about networks of the whole cluster.
fn of_cluster(said: Said) -> Said {
    said.into_iter().filter(|(key, _)| OVERLAY_VNIS.contains(&key.vni)).collect()
}

pub(super) fn pick<T: Clone>(things: &[T], index: Choice) -> Option<T> {
    (!things.is_empty()).then(|| things[index.index(things.len())].clone())
}

/// Adds what one node says; where another said something of the same, it was the same.
fn agree<K: Ord + std::fmt::Debug, V: PartialEq + Clone + std::fmt::Debug>(
    all: &mut BTreeMap<K, V>,
    one: BTreeMap<K, V>,
) {
    for (key, value) in one {
        if let Some(other) = all.get(&key) {
            assert_eq!(*other, value, "nodes disagree about {key:?}");
        }
        all.insert(key, value);
    }
}
