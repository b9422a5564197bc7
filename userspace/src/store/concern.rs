//! Whom commits concern: which parts they change, and since when.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Precondition, Revision, Txn, Write,
    schema::{Key, Part},
};

/// The parts that commits have changed for those who follow them, each with the revision since when that
/// is so. A part in which only what orders commits has changed is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concern(BTreeMap<Part, Revision>);

impl Concern {
    /// Whom a transaction concerns that was carried out at `revision`.
    pub fn of(txn: &Txn, revision: Revision) -> Self {
        let sure: BTreeSet<&str> = txn.preconditions.iter().filter_map(needed).collect();
        let keys = txn.writes.iter().filter_map(|write| written(write, &sure)).filter_map(Key::parse);
        let parts = keys.filter(|key| !key.only_orders() && !key.is_report()).filter_map(|key| key.part());
        Self(parts.map(|part| (part, revision)).collect())
    }

    /// What was changed in a part at `revision` concerns those who follow it.
    #[must_use]
    pub fn with(mut self, part: Part, revision: Revision) -> Self {
        self.add(part, revision);
        self
    }

    /// Adds whom another commit concerns.
    pub fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(part, revision)| self.add(part, revision));
    }

    fn add(&mut self, part: Part, revision: Revision) {
        let since = self.0.entry(part).or_default();
        *since = revision.max(*since);
    }

    /// The last of the revisions.
    pub fn last(&self) -> Revision {
        self.0.values().copied().max().unwrap_or_default()
    }

    /// The parts, each with its revision.
    pub fn iter(&self) -> impl Iterator<Item = (&Part, Revision)> {
        self.0.iter().map(|(part, revision)| (part, *revision))
    }
}

/// The key without which a transaction would not have been carried out.
fn needed(precondition: &Precondition) -> Option<&str> {
    match precondition {
        Precondition::Present(key) | Precondition::Unchanged(key, _) => Some(key),
        Precondition::Absent(_) => None,
    }
}

/// The key that has surely changed: to delete what is not there changes nothing, and nobody is told.
fn written<'w>(write: &'w Write, sure: &BTreeSet<&str>) -> Option<&'w str> {
    match write {
        Write::Put { key, .. } => Some(key),
        Write::Delete(key) => sure.contains(key.as_str()).then_some(key),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::{model::Id, store::schema::Claim};

    fn put(key: &Key) -> Write {
        Write::Put { key: key.to_string(), value: Vec::new(), lease: None }
    }

    #[test]
    fn a_commit_concerns_those_whose_parts_it_changes() {
        let (network, other, node) = (Id::random(), Id::random(), Id::random());
        let endpoint = |network: &Id| Key::Endpoint(network.clone(), Ipv4Addr::new(10, 0, 0, 2));
        let txn = Txn {
            preconditions: vec![Precondition::Present(endpoint(&network).to_string())],
            writes: vec![
                put(&Key::Container(node.clone(), Id::random())),
                put(&Claim::ContainerName("c".to_owned()).into()),
                put(&Key::Cursor(other.clone())),
                put(&Key::Live(node.clone())),
                Write::Delete(endpoint(&network).to_string()),
                Write::Delete(endpoint(&other).to_string()),
            ],
        };
        let expected = Concern::default().with(Part::Node(node), 7).with(Part::Network(network), 7);
        assert_eq!(Concern::of(&txn, 7), expected);
    }

    #[test]
    fn of_two_revisions_the_later_counts() {
        let mut concern = Concern::default().with(Part::Mesh, 5).with(Part::Cluster, 3);
        concern.merge(Concern::default().with(Part::Cluster, 4).with(Part::Mesh, 2));
        assert_eq!(concern, Concern::default().with(Part::Cluster, 4).with(Part::Mesh, 5));
    }
}
