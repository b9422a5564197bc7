//! Names in containers: the resolver answers by the desired state.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    desired::State,
    dns::{Names, Server},
    model::Id,
    store::{Mirror, Revision, schema::Part},
};

/// What the names depend on: the last change, which nodes live, and which are silent for good.
type Seen = (u64, BTreeSet<Id>, BTreeSet<Id>);

/// How far the names are.
pub(super) struct Named {
    /// The last change that they hold ([`State::changed`]).
    pub(super) changed: u64,
    /// The parts that were known then, each with its last change.
    pub(super) parts: BTreeMap<Part, Revision>,
    /// There was a change, or a node came to life or fell silent.
    pub(super) anew: bool,
}

/// Keeps the resolver's names as the desired state has them.
#[derive(Debug)]
pub(super) struct Naming {
    server: Arc<Server>,
    node: Id,
    seen: Option<Seen>,
}

impl Naming {
    /// For the containers of `node`; nothing is named yet.
    pub(super) const fn new(server: Arc<Server>, node: Id) -> Self {
        Self { server, node, seen: None }
    }

    /// Makes the names those of the desired state, without what is on `silent` nodes.
    pub(super) fn follow(&mut self, mirror: &Mirror, silent: &BTreeSet<Id>) -> Named {
        let known = |state: &State| state.parts().map(|(part, changed)| (part.clone(), changed)).collect();
        let ((seen, names), parts) = mirror.read(|state| (self.build(state, silent), known(state)));
        let named = Named { changed: seen.0, parts, anew: names.is_some() };
        if let Some(names) = names {
            self.server.update(Arc::new(names));
        }
        self.seen = Some(seen);
        named
    }

    /// None where they are as they were.
    fn build(&self, state: &State, silent: &BTreeSet<Id>) -> (Seen, Option<Names>) {
        let seen = (state.changed, state.live.keys().cloned().collect(), silent.clone());
        let changed = self.seen.as_ref() != Some(&seen);
        let names = changed.then(|| Names::build(state, &self.node, silent, &self.server.names()));
        (seen, names)
    }
}
