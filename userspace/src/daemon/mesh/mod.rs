//! What the daemon does for ports that every node answers on, besides the plan.

mod listeners;
mod settling;
mod standing;

use std::time::Duration;

use serde::Deserialize;

pub(super) use listeners::warn;
pub(super) use settling::follow;

/// `[mesh]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mesh {
    /// Seconds that a service's backends have to stay the same before conversations that were silent for as
    /// long are no longer asked after: they go where new ones go.
    pub drain_window: u32,
}

impl Default for Mesh {
    fn default() -> Self {
        Self { drain_window: 300 }
    }
}

impl Mesh {
    /// The same as a duration.
    const fn window(self) -> Duration {
        Duration::from_secs(self.drain_window as u64)
    }
}
