//! The backend of a packet, in one register.

use causeway_common::{Backend, FlowKeyV4};

use crate::{
    maps::{self, ingress::Chosen},
    steps::ingress,
};

/// The backend is asked whether the conversation is its own.
const ASKS: u32 = 1 << 31;

/// A choice: a backend's index, and whether it is asked; 0: nobody is live.
#[derive(Clone, Copy)]
pub(in crate::hooks) struct Choice(u32);

impl Choice {
    /// The backend.
    #[inline(always)]
    pub(in crate::hooks) fn backend<'a>(self) -> Option<&'a Backend> {
        // Slot 0 is nobody's.
        maps::backend(self.index()).filter(|_| self.0 != 0)
    }

    /// Its index in the `BACKENDS` map.
    #[inline(always)]
    pub(in crate::hooks) const fn index(self) -> u32 {
        self.0 & !ASKS
    }

    /// Whether it is asked.
    #[inline(always)]
    pub(in crate::hooks) const fn asks(self) -> bool {
        self.0 & ASKS != 0
    }
}

/// The backend of a packet from outside, by its tuple there; `opens`: it begins a conversation.
#[inline(always)]
pub(in crate::hooks) fn choose(key: &FlowKeyV4, opens: bool) -> Choice {
    Choice(find(key, opens.into()))
}

/// A function of its own: what it needs of the stack is needed once.
#[inline(never)]
fn find(key: &FlowKeyV4, opens: u32) -> u32 {
    let Some(wanted) = ingress::wanted(key) else { return 0 };
    let Some(of) = maps::ingress(&wanted) else { return 0 };
    packed(maps::ingress::choose(&wanted, of, key, opens != 0))
}

/// The backend of a conversation that is not the asked one's; from now on it is this one's.
#[inline(never)]
pub(in crate::hooks) fn settle(key: &FlowKeyV4) -> Choice {
    let of = ingress::wanted(key).and_then(|wanted| maps::ingress(&wanted));
    Choice(packed(of.and_then(|of| maps::ingress::settle(of, key))))
}

#[inline(always)]
fn packed(chosen: Option<Chosen<'_>>) -> u32 {
    chosen.map_or(0, |chosen| chosen.index | if chosen.asks { ASKS } else { 0 })
}
