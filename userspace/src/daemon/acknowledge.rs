//! Waiting until a change is true everywhere.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::{Instant, timeout_at};

use super::Daemon;
use crate::{
    api::types::Wait,
    desired::State,
    model::Id,
    store::{Concern, Revision, schema::Part},
};

/// Waits until the dataplane of every living node holds what commits changed that concern it; names those
/// that do not when the time is over. Without a time it does not wait and names nobody.
pub(super) async fn everywhere(daemon: &Daemon, concern: &Concern, wait: Wait) -> Vec<String> {
    if wait.timeout == 0 {
        return Vec::new();
    }
    let until = Instant::now() + wait.duration();
    // Who takes part in a network, and how far they are, is said there.
    let networks = concern.iter().map(|(part, _)| part.clone()).filter(is_network);
    let following = daemon.ledger.mirror.follow(networks);
    let all = async {
        following.loaded().await;
        all_there(daemon, concern).await;
    };
    match timeout_at(until, all).await {
        Ok(()) => Vec::new(),
        Err(_) => late(daemon, concern),
    }
}

fn is_network(part: &Part) -> bool {
    matches!(part, Part::Network(_))
}

async fn all_there(daemon: &Daemon, concern: &Concern) {
    daemon.ledger.mirror.wait_for(concern).await;
    let mut mirror = daemon.ledger.mirror.revision();
    while !daemon.ledger.read(|s| behind(s, &daemon.node, concern)).is_empty() {
        if mirror.changed().await.is_err() {
            return;
        }
    }
    // This node knows of itself; it need not read in the store what it has written there.
    let changed = daemon.ledger.read(|s| s.changed);
    let _ = daemon.applied.clone().wait_for(|applied| applied.changed >= changed).await;
}

fn late(daemon: &Daemon, concern: &Concern) -> Vec<String> {
    let applied = daemon.applied.borrow().parts.clone();
    let own = (&daemon.node, daemon.config.node.as_str());
    daemon.ledger.read(|s| laggards(s, own, &applied, concern))
}

/// Who is to be named when the time is over: other nodes that lag; this one where its dataplane does, or where
/// nobody else is known to, since its own copy of the store is late then.
fn laggards(
    state: &State,
    (own, name): (&Id, &str),
    applied: &BTreeMap<Part, Revision>,
    concern: &Concern,
) -> Vec<String> {
    let mut names = behind(state, own, concern);
    let known = concern.iter().filter(|(part, _)| state.revision_of(part).is_some());
    let lags = |(part, at)| applied.get(part).is_none_or(|held| *held < at);
    if known.into_iter().any(lags) || names.is_empty() {
        names.push(name.to_owned());
    }
    names
}

/// Names of living nodes, other than this one, that do not hold what concerns them.
fn behind(state: &State, own: &Id, concern: &Concern) -> Vec<String> {
    let late: BTreeSet<&Id> = concern.iter().flat_map(|(part, at)| behind_in(state, part, at)).collect();
    late.into_iter().filter(|node| *node != own).map(|node| state.node_name(node).to_owned()).collect()
}

/// The living nodes that hold less of a part.
fn behind_in<'s>(state: &'s State, part: &Part, at: Revision) -> Vec<&'s Id> {
    let all = || state.live.iter();
    match part {
        Part::Cluster => all().filter(|(_, sign)| sign.applied < at).map(|(node, _)| node).collect(),
        Part::Mesh => all().filter(|(_, sign)| sign.mesh < at).map(|(node, _)| node).collect(),
        // Nobody else's dataplane holds anything of it.
        Part::Node(_) => Vec::new(),
        Part::Network(network) => {
            let held = members(state, network);
            held.into_iter().filter(|(_, held)| *held < at).map(|(node, _)| node).collect()
        }
    }
}

/// The living nodes that take part in a network, or did so until a moment ago, with what each one's dataplane
/// holds of it.
fn members<'s>(state: &'s State, network: &Id) -> BTreeMap<&'s Id, Revision> {
    let mut members: BTreeMap<&Id, Revision> =
        state.endpoints_of_network(network).map(|endpoint| (&endpoint.node, 0)).collect();
    let reports = state.applied.range((network.clone(), Id::least())..);
    let reports = reports.take_while(|((of, _), _)| of == network);
    members.extend(reports.map(|((_, node), held)| (node, *held)));
    members.retain(|node, _| state.live.contains_key(*node));
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{desired::world::World, model::SignOfLife};

    fn state(living: &[&Id]) -> State {
        let sign = SignOfLife { applied: 5, mesh: 7 };
        let mut state = State::default();
        state.live = living.iter().map(|&node| (node.clone(), sign.clone())).collect();
        state
    }

    #[test]
    fn of_what_all_know_living_nodes_below_the_revision_lag() {
        let (own, other) = (Id::random(), Id::random());
        let state = state(&[&own, &other]);
        let behind = |part, at| behind(&state, &own, &Concern::default().with(part, at));
        assert_eq!(behind(Part::Cluster, 5), Vec::<String>::new());
        assert_eq!(behind(Part::Cluster, 6), [other.short()]);
        assert_eq!(behind(Part::Mesh, 7), Vec::<String>::new());
        assert_eq!(behind(Part::Mesh, 8), [other.short()]);
        assert_eq!(behind(Part::Node(other.clone()), 9), Vec::<String>::new());
    }

    #[test]
    fn of_a_network_those_lag_who_take_part_in_it() {
        let [own, fast, slow, dead, network] = [(); 5].map(|()| Id::random());
        let mut state = state(&[&own, &fast, &slow]);
        state.applied.insert((network.clone(), fast.clone()), 9);
        state.applied.insert((network.clone(), slow.clone()), 8);
        state.applied.insert((network.clone(), dead), 0);
        state.applied.insert((Id::random(), fast), 0);
        let concern = Concern::default().with(Part::Network(network), 9);
        assert_eq!(behind(&state, &own, &concern), [slow.short()]);
    }

    #[test]
    fn when_the_time_is_over_somebody_is_named() {
        let mut world = World::default();
        let node = world.node(1);
        let (state, own) = (world.state(), Id::random());
        let concern = Concern::default().with(Part::Cluster, world.revision());
        let named = |applied: &[(Part, Revision)], state: &State| {
            laggards(state, (&own, "own"), &applied.iter().cloned().collect(), &concern)
        };
        let held = [(Part::Cluster, world.revision())];
        assert_eq!(named(&[], &state), ["own"], "its dataplane holds nothing of it yet");
        assert_eq!(named(&[(Part::Cluster, world.revision() - 1)], &state), ["own"]);
        assert_eq!(named(&held, &State::default()), ["own"], "its copy is late");
        world.alive(&node, 0);
        assert_eq!(named(&held, &world.state()), [node.name.as_str()]);
        assert_eq!(named(&[], &world.state()), [node.name.as_str(), "own"]);
    }

    #[test]
    fn who_has_an_endpoint_in_a_network_and_says_nothing_lags() {
        let mut world = World::default();
        let (network, node) = (world.network("web", &["10.0.9.0/24"]), world.node(1));
        world.container("one", &node, &["web"]);
        world.alive(&node, 99);
        let concern = Concern::default().with(Part::Network(network.id), 1);
        assert_eq!(behind(&world.state(), &Id::random(), &concern), [node.name]);
    }
}
