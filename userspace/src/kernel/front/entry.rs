//! An entry as it stands in front: the words of its place.

use std::{fmt, net::Ipv4Addr, ops::Range};

use aya::Pod;
use causeway_common::{Attachment, Endpoint, EndpointKeyV4, FrontEndpoint, endpoint::TRANSLATED, front};

use super::super::runs::bytes;

/// Words of a place.
pub(super) const WORDS: usize = size_of::<FrontEndpoint>() / size_of::<u32>();
/// The word of an endpoint that has its flags.
const FLAGS: usize = 3;

/// Which of the tables that have keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Endpoints,
    Attached,
}

impl Table {
    /// The words of a place's key; the first says whether anybody stands there.
    pub(super) const fn key(self) -> Range<usize> {
        match self {
            Self::Endpoints => 0..2,
            Self::Attached => WORDS - 1..WORDS,
        }
    }
}

/// Whose entry it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Endpoint(EndpointKeyV4),
    /// By the number of its interface.
    Attachment(u32),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(key) => write!(f, "endpoint {} of VNI {}", Ipv4Addr::from(key.addr), key.vni),
            Self::Attachment(ifindex) => write!(f, "attachment of interface {ifindex}"),
        }
    }
}

/// An entry and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) table: Table,
    pub(super) place: u32,
    pub(super) words: [u32; WORDS],
}

impl Entry {
    pub(super) fn of_endpoint(key: EndpointKeyV4, value: Endpoint) -> Self {
        let words = words(&FrontEndpoint::new(key, value));
        Self { table: Table::Endpoints, place: front::endpoint(key), words }
    }

    pub(super) fn of_attachment(ifindex: u32, value: Attachment) -> Self {
        let words = words(&Attachment { ifindex, ..value });
        Self { table: Table::Attached, place: front::attachment(ifindex), words }
    }

    /// Whose it is.
    pub(super) fn key(&self) -> Key {
        let [first, second, ..] = self.words;
        match self.table {
            Table::Endpoints => {
                Key::Endpoint(EndpointKeyV4 { vni: first & !front::TAKEN, addr: second.to_ne_bytes() })
            }
            Table::Attached => Key::Attachment(self.words[WORDS - 1]),
        }
    }

    /// Whether this is somebody's at all.
    pub(super) const fn is_somebodys(&self) -> bool {
        self.words[self.table.key().start] != 0
    }

    /// Whether the other one has the same key, and so the same place.
    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        self.table == other.table && self.words[self.table.key()] == other.words[self.table.key()]
    }

    /// Whether the other one says the same of the same place, but for what the programs note.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.table, self.place, self.unnoted()) == (other.table, other.place, other.unnoted())
    }

    /// With the programs' note.
    pub(super) fn noted(mut self) -> Self {
        if self.table == Table::Endpoints {
            self.words[FLAGS] |= note();
        }
        self
    }

    /// Its words without what the programs note.
    fn unnoted(&self) -> [u32; WORDS] {
        let mut words = self.words;
        if self.table == Table::Endpoints {
            words[FLAGS] &= !note();
        }
        words
    }
}

/// A value's words as they stand in memory.
fn words<T: Pod>(value: &T) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    let all = bytes(value).chunks_exact(size_of::<u32>());
    words.iter_mut().zip(all).for_each(|(word, bytes)| {
        *word = bytes.try_into().map_or(0, u32::from_ne_bytes);
    });
    words
}

/// What the programs note, in an endpoint's word of flags: behind the last two bytes of its MAC.
fn note() -> u32 {
    let [first, second] = TRANSLATED.to_ne_bytes();
    u32::from_ne_bytes([0, 0, first, second])
}
