//! Signs of life, and what a node's dataplane has applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Id, SignOfLife},
    store::{
        Revision, Txn,
        schema::{Key, Part},
    },
};

/// The most networks of which is told at once: etcd takes 128 operations in a transaction.
const MOST: usize = 100;

/// What a node has told of its dataplane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its sign of life; none: it has given none.
    pub sign: Option<SignOfLife>,
    /// The revision that its dataplane holds of each network that it takes part in.
    pub networks: BTreeMap<Id, Revision>,
}

impl Told {
    /// What there is to tell of a dataplane that holds so much of each part, of a node whose containers are in
    /// these networks.
    pub fn of(parts: &BTreeMap<Part, Revision>, networks: BTreeSet<Id>) -> Self {
        let held = |part: &Part| parts.get(part).copied().unwrap_or_default();
        let sign = SignOfLife { applied: held(&Part::Cluster), mesh: held(&Part::Mesh) };
        let applied = |id: Id| {
            let revision = parts.get(&Part::Network(id.clone())).copied()?;
            Some((id, revision))
        };
        Self { sign: Some(sign), networks: networks.into_iter().filter_map(applied).collect() }
    }
}

/// Tells what is to be told `now`, from `machine` and under the node's lease, of which `told` was told before.
/// The answer is what will have been told then: it may take several turns. Conflicts where the node's record
/// has been written or removed meanwhile.
///
/// # Errors
/// [`Refusal::NotRegistered`] where the node has been removed, [`Refusal::NodeElsewhere`] where its id
/// has been registered from another machine since.
pub fn tell(
    state: &State,
    (id, machine): (&Id, &str),
    told: &Told,
    now: &Told,
    lease: i64,
) -> Result<(Told, Txn), Refusal> {
    let node = state.nodes.get(id).ok_or(Refusal::NotRegistered)?;
    if node.machine != machine {
        return Err(Refusal::NodeElsewhere(node.name.clone()));
    }
    let mut draft = Draft::default();
    draft.unchanged(state, &Key::Node(id.clone()));
    let mut next = told.clone();
    if told.sign != now.sign {
        draft.leased(&Key::Live(id.clone()), &now.sign, Some(lease));
        next.sign.clone_from(&now.sign);
    }
    let news = now.networks.iter().filter(|(network, at)| told.networks.get(network) != Some(at));
    for (network, at) in news.take(MOST) {
        draft.leased(&Key::Applied(network.clone(), id.clone()), at, Some(lease));
        next.networks.insert(network.clone(), *at);
    }
    let left = told.networks.keys().filter(|network| !now.networks.contains_key(network));
    for network in left.take(MOST / 5) {
        draft.delete(&Key::Applied(network.clone(), id.clone()));
        next.networks.remove(network);
    }
    Ok((next, draft.txn()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{desired::world::World, store::Write};

    /// Tells all there is to tell, turn by turn; the keys that were written and deleted in each.
    fn turns(world: &World, mut told: Told, now: &Told) -> Vec<(usize, usize)> {
        let (state, mut turns) = (world.state(), Vec::new());
        let node = state.nodes.values().next().unwrap();
        while told != *now {
            let (next, txn) = tell(&state, (&node.id, &node.machine), &told, now, 7).unwrap();
            let puts = txn.writes.iter().filter(|w| matches!(w, Write::Put { lease: Some(7), .. })).count();
            assert!(txn.writes.len() <= 128, "etcd takes no more");
            turns.push((puts, txn.writes.len() - puts));
            told = next;
        }
        turns
    }

    #[test]
    fn what_is_new_is_told_under_the_lease_and_what_a_node_has_left_is_taken_back() {
        let mut world = World::default();
        world.node(1);
        let networks: Vec<Id> = (0..250).map(|_| Id::random()).collect();
        let parts = |count: usize, at| -> BTreeMap<Part, Revision> {
            let held = networks[..count].iter().map(|id| (Part::Network(id.clone()), at));
            held.chain([(Part::Cluster, 3), (Part::Mesh, 4)]).collect()
        };
        let told = |count, at| Told::of(&parts(count, at), networks[..count].iter().cloned().collect());
        let all = told(250, 9);
        assert_eq!(all.sign, Some(SignOfLife { applied: 3, mesh: 4 }));
        assert_eq!(turns(&world, Told::default(), &all), [(101, 0), (100, 0), (50, 0)]);
        assert_eq!(turns(&world, all.clone(), &told(210, 9)), [(0, 20), (0, 20)]);
        let mut one = all.clone();
        one.networks.insert(networks[7].clone(), 10);
        assert_eq!(turns(&world, all, &one), [(1, 0)], "what was told before is not told again");
    }

    #[test]
    fn of_a_network_that_its_containers_are_not_in_a_node_says_nothing() {
        let (own, other, coming) = (Id::random(), Id::random(), Id::random());
        let parts = [(Part::Network(own.clone()), 5), (Part::Network(other), 6)].into();
        let told = Told::of(&parts, [own.clone(), coming].into());
        assert_eq!(told.networks, [(own, 5)].into());
    }
}
