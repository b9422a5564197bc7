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
