//! What happens in a cluster, drawn by chance.

use std::fmt;

use proptest::prelude::*;

/// Something that happens at some node.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) node: Choice,
    pub(super) what: What,
    /// Choose a thing, and another; and names out of few, so that nodes want the same ones.
    pub(super) one: Choice,
    pub(super) other: Choice,
}

/// One of however many there will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice(u16);

impl Choice {
    /// Which one of `count`, which is not 0.
    pub(super) fn index(self, count: usize) -> usize {
        usize::from(self.0) % count
    }
}

/// A line each: a history is read.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {:?} ({}, {})", self.node.0, self.what, self.one.0, self.other.0)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    CreateNetwork,
    RemoveNetwork,
    /// A container in up to two networks.
    Join,
    /// A container that is a backend of a service.
    Serve,
    Connect,
    Disconnect,
    Exit,
    Remove,
    /// From another node, of a container whose node is down.
    Force,
    CreateService,
    /// A backend's weight.
    Weigh(u16),
    RemoveService,
    /// So many changes reach the node.
    Hear(usize),
    /// The node's watch is lost, and it begins again with all there is.
    Renew,
    /// No sign of life any more.
    Die,
    /// The same node comes back.
    Return,
    /// A node that is down and empty is removed.
    Strike,
}

pub(super) fn any_event() -> impl Strategy<Value = Event> {
    let what = prop_oneof![
        3 => Just(What::CreateNetwork),
        1 => Just(What::RemoveNetwork),
        20 => Just(What::Join),
        8 => Just(What::Serve),
        4 => Just(What::Connect),
        3 => Just(What::Disconnect),
        4 => Just(What::Exit),
        3 => Just(What::Remove),
        2 => Just(What::Force),
        3 => Just(What::CreateService),
        3 => (1..9_u16).prop_map(What::Weigh),
        1 => Just(What::RemoveService),
        10 => (0..40_usize).prop_map(What::Hear),
        2 => Just(What::Renew),
        3 => Just(What::Die),
        3 => Just(What::Return),
        1 => Just(What::Strike),
    ];
    let choice = || any::<u16>().prop_map(Choice);
    (choice(), what, choice(), choice()).prop_map(|(node, what, one, other)| Event { node, what, one, other })
}
