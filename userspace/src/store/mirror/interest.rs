//! Which parts are followed, and how the store is followed altogether.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Connection, Followed, Shared,
    follow::{Follower, One, Standing},
};
use crate::{
    desired::State,
    store::{Concern, schema::Part},
};

impl One {
    /// Changes the part in the copy. What the node has to follow may change with its own part.
    pub(super) fn enter(&self, change: impl FnOnce(&mut State)) {
        let mut followed = self.shared.lock();
        if self.is_stopped(&followed) {
            return;
        }
        self.shared.copy.change(change);
        if matches!(&self.part, Part::Node(node) if *node == self.shared.node) {
            self.shared.settle(&mut followed);
        }
    }

    /// How the follower stands with the store now.
    pub(super) fn stands(&self, standing: Standing) {
        let mut followed = self.shared.lock();
        if self.is_stopped(&followed) {
            return;
        }
        if let Some(follower) = followed.followers.get_mut(&self.part) {
            follower.standing = standing;
        }
        self.shared.tell(&followed);
    }

    /// Who was stopped meanwhile has nothing to say any more.
    fn is_stopped(&self, followed: &Followed) -> bool {
        followed.followers.get(&self.part).is_none_or(|follower| follower.number != self.number)
    }
}

impl Shared {
    /// Whether all that concerns the node has been read: the node's own part says which networks do.
    pub(super) fn is_loaded(&self) -> bool {
        let needed: Vec<Part> = self.needed().into_iter().collect();
        self.copy.knows_all(&needed)
    }

    /// Whether the copy holds what has changed in those parts that are followed.
    pub(super) fn holds(&self, concern: &Concern) -> bool {
        let followed = self.lock();
        let mut followed_ones = concern.iter().filter(|(part, _)| followed.followers.contains_key(part));
        let reached = |(part, at)| move |s: &State| s.revision_of(part).is_some_and(|r| r >= at);
        followed_ones.all(|of| self.copy.read(reached(of)))
    }

    /// Somebody asks for these parts.
    pub(super) fn ask(self: &Arc<Self>, parts: &[Part]) {
        let mut followed = self.lock();
        for part in parts {
            *followed.asked.entry(part.clone()).or_default() += 1;
        }
        self.settle(&mut followed);
    }

    /// And does so no more.
    pub(super) fn release(self: &Arc<Self>, parts: &[Part]) {
        let mut followed = self.lock();
        for part in parts {
            if let Some(count) = followed.asked.get_mut(part) {
                *count -= 1;
            }
        }
        followed.asked.retain(|_, count| *count > 0);
        // Without any the mirror itself has ended.
        if !followed.followers.is_empty() {
            self.settle(&mut followed);
        }
    }

    /// Starts to follow what has to be, and stops where nobody has to know any more.
    pub(super) fn settle(self: &Arc<Self>, followed: &mut Followed) {
        let wanted: BTreeSet<Part> =
            self.needed().into_iter().chain(followed.asked.keys().cloned()).collect();
        for part in &wanted {
            if !followed.followers.contains_key(part) {
                followed.started += 1;
                let follower = Follower::start(Arc::clone(self), part.clone(), followed.started);
                followed.followers.insert(part.clone(), follower);
            }
        }
        let idle: Vec<Part> =
            followed.followers.keys().filter(|part| !wanted.contains(part)).cloned().collect();
        for part in &idle {
            followed.followers.remove(part);
            self.copy.change(|state| state.forget(part));
        }
        self.tell(followed);
    }

    /// What concerns the node: the cluster, the mesh, itself, and the networks that its containers are in.
    fn needed(&self) -> BTreeSet<Part> {
        let always = [Part::Cluster, Part::Mesh, Part::Node(self.node.clone())];
        let networks = self.copy.read(|state| state.networks_of_node(&self.node));
        always.into_iter().chain(networks.into_iter().map(Part::Network)).collect()
    }

    /// The store is followed where all that have read their part follow it, and the first ones have.
    fn tell(&self, followed: &Followed) {
        let lost = |follower: &Follower| match &follower.standing {
            Standing::Lost(reason) => Some(reason.clone()),
            _ => None,
        };
        if let Some(reason) = followed.followers.values().find_map(lost) {
            return self.copy.connect(Connection::Lost(reason));
        }
        let always = [Part::Cluster, Part::Mesh, Part::Node(self.node.clone())];
        let follows = |part| followed.followers.get(part).is_some_and(|f| f.standing == Standing::Follows);
        if always.iter().all(follows) {
            self.copy.connect(Connection::Connected);
        }
    }
}
