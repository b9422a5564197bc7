//! The places where packets enter the dataplane.

use std::{fmt, str::FromStr};

use causeway_common::names;

/// A place where packets enter the dataplane; named from + place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// TCX ingress of a container's host-side veth.
    FromContainer,
    /// TCX ingress of the uplink.
    FromUplink,
    /// TCX ingress of every other interface that the outside is reached by.
    FromOutside,
    /// TCX ingress of `cw-host`'s peer.
    FromHost,
}

impl Hook {
    /// Every hook.
    pub const ALL: &'static [Self] =
        &[Self::FromContainer, Self::FromUplink, Self::FromOutside, Self::FromHost];

    /// The program's name, which is also the first part of its links' pins.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FromContainer => names::FROM_CONTAINER,
            Self::FromUplink => names::FROM_UPLINK,
            Self::FromOutside => names::FROM_OUTSIDE,
            Self::FromHost => names::FROM_HOST,
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no hook.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no hook")]
pub struct UnknownHook(String);

impl FromStr for Hook {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, UnknownHook> {
        let same = |hook: &&Self| hook.name() == text;
        Self::ALL.iter().find(same).copied().ok_or_else(|| UnknownHook(text.to_owned()))
    }
}
