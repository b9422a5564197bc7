//! How many differences of which kind were found and put right.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Differences of one look that are said one by one; of more only their number is.
const LINES: usize = 20;

/// What was not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::daemon) enum Kind {
    Endpoint,
    Attachment,
    Node,
    Vtep,
    Vni,
    Settings,
    HostAddress,
    Published,
    Source,
    Namespace,
    Member,
    Backend,
    Ring,
    Service,
    Ingress,
    Front,
    Interface,
    Address,
    Route,
    Program,
    Pin,
}

impl Kind {
    const ALL: [Self; 21] = [
        Self::Endpoint,
        Self::Attachment,
        Self::Node,
        Self::Vtep,
        Self::Vni,
        Self::Settings,
        Self::HostAddress,
        Self::Published,
        Self::Source,
        Self::Namespace,
        Self::Member,
        Self::Backend,
        Self::Ring,
        Self::Service,
        Self::Ingress,
        Self::Front,
        Self::Interface,
        Self::Address,
        Self::Route,
        Self::Program,
        Self::Pin,
    ];

    /// As metrics name it: entries of maps by the map, the rest by what the kernel calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Attachment => "attachment",
            Self::Node => "node",
            Self::Vtep => "vtep",
            Self::Vni => "vni",
            Self::Settings => "settings",
            Self::HostAddress => "host_address",
            Self::Published => "published",
            Self::Source => "source",
            Self::Namespace => "namespace",
            Self::Member => "member",
            Self::Backend => "backend",
            Self::Ring => "ring",
            Self::Service => "service",
            Self::Ingress => "ingress",
            Self::Front => "front",
            Self::Interface => "interface",
            Self::Address => "address",
            Self::Route => "route",
            Self::Program => "program",
            Self::Pin => "pin",
        }
    }
}

/// One thing that was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::daemon) struct Difference {
    pub(in crate::daemon) kind: Kind,
    /// What it was, in words.
    pub(in crate::daemon) what: String,
}

impl Difference {
    pub(in crate::daemon) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }
}

/// The last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::daemon) struct Last {
    /// Seconds since 1970 UTC.
    pub(in crate::daemon) at: u64,
    /// How many differences it found.
    pub(in crate::daemon) differences: u64,
}

/// All that was found since the daemon started.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Record(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    repairs: BTreeMap<Kind, u64>,
    last: Option<Last>,
}

impl Record {
    /// Counts what was found and put right, and says it.
    pub(in crate::daemon) fn note(&self, differences: &[Difference]) {
        for Difference { kind, what } in differences.iter().take(LINES) {
            tracing::warn!(kind = kind.name(), "{what}: put right");
        }
        if let Some(more) = differences.len().checked_sub(LINES).filter(|more| *more > 0) {
            tracing::warn!(more, "more was not as it should be, and is put right");
        }
        let mut found = self.found();
        differences.iter().for_each(|d| *found.repairs.entry(d.kind).or_default() += 1);
    }

    /// Ends a look.
    pub(in crate::daemon) fn done(&self, at: u64, differences: u64) {
        self.found().last = Some(Last { at, differences });
    }

    /// The last look; none before the first one has ended.
    pub(in crate::daemon) fn last(&self) -> Option<Last> {
        self.found().last
    }

    /// How many of each kind; also kinds of which there were none.
    pub(in crate::daemon) fn repairs(&self) -> Vec<(&'static str, u64)> {
        let found = self.found();
        Kind::ALL.iter().map(|k| (k.name(), found.repairs.get(k).copied().unwrap_or_default())).collect()
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_by_kind() {
        let record = Record::default();
        assert_eq!(record.last(), None);
        record.note(&[Difference::new(Kind::Route, "a"), Difference::new(Kind::Endpoint, "b")]);
        record.note(&vec![Difference::new(Kind::Route, "c"); 30]);
        record.done(7, 30);
        let counted: Vec<_> = record.repairs().into_iter().filter(|(_, n)| *n > 0).collect();
        assert_eq!(counted, [("endpoint", 1), ("route", 31)]);
        assert_eq!(record.repairs().len(), Kind::ALL.len());
        assert_eq!(record.last(), Some(Last { at: 7, differences: 30 }));
    }
}
