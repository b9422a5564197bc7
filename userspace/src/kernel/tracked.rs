//! Conversations of the mesh that are tracked, as the daemon sees them: it removes those that are over.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::{Backend, FlowKeyV4, Ingress, IngressKey, Tracked, names, state};

use super::{Dataplane, KernelError, batch::Position, flows::now};
use crate::model::Protocol;

/// How long a tracked TCP conversation may be silent: its node would have asked for it within the time that
/// keep-alives take by default (2 h, tcp(7)) at the latest, but half of that is what firewalls grant.
const TCP: u32 = state::seconds(3600);
/// How long others may be silent.
const UDP: u32 = state::seconds(180);

impl Dataplane {
    /// Ports that every node answers on, and where they lead.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses the read.
    pub fn ingress(&self) -> Result<Vec<(IngressKey, Ingress)>, KernelError> {
        self.entries_of(names::INGRESS)
    }

    /// Tracked conversations, in no order.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses the read.
    pub fn tracked(&self) -> Result<Vec<(FlowKeyV4, Tracked)>, KernelError> {
        self.entries_of(names::TRACKED_V4)
    }

    /// Forgets tracked conversations that were silent for too long, or whose backend is gone: the next ones of
    /// a walk, so that nobody else waits long for the dataplane.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub fn sweep_tracked_next(&mut self, walk: &mut TrackedWalk) -> Result<(), KernelError> {
        let seen: BTreeMap<FlowKeyV4, Tracked> =
            self.entries_from(names::TRACKED_V4, &mut walk.position)?.into_iter().collect();
        let services = self.services_of(seen.values().map(|tracked| tracked.backend).collect())?;
        let now = now();
        let goes_on = |(key, tracked): &(&FlowKeyV4, &Tracked)| {
            services.contains_key(&tracked.backend) && !is_over(key, tracked, now)
        };
        let (left, over): (Vec<_>, Vec<_>) = seen.iter().partition(goes_on);
        let keys = over.into_iter().map(|(key, _)| *key);
        // One that is tracked anew since goes on.
        self.remove_if(names::TRACKED_V4, keys, |key, now: &Tracked| seen.get(key) == Some(now))?;
        walk.services.extend(left.iter().filter_map(|(_, tracked)| services.get(&tracked.backend)));
        Ok(())
    }

    /// The numbers of the services that backends belong to, by their indices; none of those that are gone.
    fn services_of(&self, backends: BTreeSet<u32>) -> Result<BTreeMap<u32, u32>, KernelError> {
        let mut services = BTreeMap::new();
        for index in backends {
            let backend: Option<Backend> = self.entry_of(names::BACKENDS, index)?;
            services.extend(backend.filter(|b| b.flags != 0).map(|b| (index, b.service)));
        }
        Ok(services)
    }
}

/// How far tracked conversations have been walked through.
#[derive(Clone, Debug, Default)]
pub struct TrackedWalk {
    position: Position,
    /// The numbers of the services that have some left.
    pub services: BTreeSet<u32>,
}

impl TrackedWalk {
    /// Whether it is at its end.
    pub const fn is_over(&self) -> bool {
        self.position.over
    }
}

/// Whether a conversation was silent for too long; `now` in ticks.
fn is_over(key: &FlowKeyV4, tracked: &Tracked, now: u32) -> bool {
    let limit = if key.protocol == Protocol::Tcp.number() { TCP } else { UDP };
    // A clock that another CPU has read a moment later is not the future.
    now.wrapping_sub(tracked.last).cast_signed() > limit.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_over_after_its_protocols_silence() {
        let key = |protocol| FlowKeyV4 {
            src: [192, 0, 2, 1],
            dst: [192, 0, 2, 2],
            src_port: [0, 1],
            dst_port: [0, 2],
            vni: [0; 3],
            protocol,
        };
        let silent = |protocol, ticks: u32| {
            is_over(&key(protocol), &Tracked { backend: 1, last: 5_u32.wrapping_sub(ticks) }, 5)
        };
        assert!(!silent(6, UDP + 1) && silent(17, UDP + 1) && !silent(17, UDP));
        assert!(silent(6, TCP + 1) && !silent(6, TCP));
        assert!(!silent(17, u32::MAX), "seen a tick from now");
    }
}
