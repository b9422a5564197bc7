//! Which other nodes count as silent, as a fact for the plan.

mod rule;

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rule::{Rule, Seen};

use super::Daemon;
use crate::{
    desired::State,
    model::{Id, Node},
    plan::Tables,
};

/// How much later than its lease's end a living node may be back after the store was: so long is the
/// longest pause between two attempts to reach it.
const SLACK: Duration = Duration::from_secs(2);

/// Before the first round: of the nodes without a sign of life those count as silent of which the maps hold
/// nothing, be it that an earlier daemon took them out or that nothing of them was ever there.
pub(super) fn first_look(daemon: &Daemon, observed: &Tables) {
    let absent = |n: &&Node| n.id != daemon.node && !observed.vteps_v4.contains_key(&n.vtep.octets());
    let silent: BTreeSet<Id> = daemon.ledger.read(|s| {
        let missed = s.nodes.values().filter(|n| !s.live.contains_key(&n.id));
        missed.filter(absent).map(|n| n.id.clone()).collect()
    });
    daemon.facts.change(|host| host.silent_nodes = silent);
}

/// Keeps the fact up to date until the task is dropped.
pub(super) async fn follow(daemon: Arc<Daemon>) {
    let mirror = &daemon.ledger.mirror;
    let (mut connection, mut revision) = (mirror.connection(), mirror.revision());
    let known = daemon.facts.read(|host| host.silent_nodes.clone());
    let mut rule = Rule::new(daemon.config.lease_ttl + SLACK, known);
    loop {
        revision.mark_unchanged();
        let (connected, now) = (mirror.is_connected(), Instant::now());
        let again = daemon.ledger.read(|s| rule.look(now, &seen(s, &daemon.node, connected)));
        publish(&daemon, rule.silent());
        let pause = again.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        tokio::select! {
            changed = connection.changed() => match changed {
                // Also where it was lost and is back already: signs of life may have been missed.
                Ok(()) => rule.distrust(),
                Err(_) => return,
            },
            changed = revision.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn seen<'s>(state: &'s State, own: &Id, connected: bool) -> Seen<'s> {
    Seen {
        trusted: connected && state.live.contains_key(own),
        missed: state.nodes.keys().filter(|n| *n != own && !state.live.contains_key(n)).collect(),
    }
}

fn publish(daemon: &Daemon, silent: &BTreeSet<Id>) {
    let before = daemon.facts.read(|host| host.silent_nodes.clone());
    if before == *silent {
        return;
    }
    let name = |id: &Id| daemon.ledger.read(|s| s.node_name(id).to_owned());
    for node in silent.difference(&before) {
        tracing::warn!(node = name(node), "it is silent; what is on it is reached no more");
    }
    for node in before.difference(silent) {
        tracing::info!(node = name(node), "it is silent no more");
    }
    daemon.facts.change(|host| host.silent_nodes.clone_from(silent));
}
