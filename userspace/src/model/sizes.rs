//! Sizes of the dataplane's tables.

use causeway_common::{RingBlock, limits};
use serde::Deserialize;

/// The most entries that a table may be given: 16,777,216.
const MOST: u32 = 1 << 24;
/// A slot of a ring holds a backend's index in 16 bits.
const MOST_BACKENDS: u32 = limits::BACKENDS;
/// The most slots that all rings may be given: 268,435,456, which take 512 MiB.
const MOST_SLOTS: u32 = 1 << 28;

/// `[limits]` of the configuration: how many of each the dataplane takes. They hold from the next time the tables
/// are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sizes {
    /// Endpoints in the cluster that this node can reach.
    pub endpoints: u32,
    /// Containers attached on this node.
    pub attachments: u32,
    /// Directions of conversations that are translated here, two each.
    pub flows: u32,
    /// The same of those that nobody has answered yet.
    pub new_flows: u32,
    /// Services with virtual addresses.
    pub services: u32,
    /// Backends of all services; one less fits.
    pub backends: u32,
    /// Slots of all services' rings, two bytes each; a multiple of [`RingBlock::SLOTS`].
    pub ring_slots: u32,
    /// Ports that are published on all nodes.
    pub ingress_ports: u32,
    /// Conversations that stay with their backends while a service of the mesh changes.
    pub tracked: u32,
    /// Clients that stay with their backends by `--affinity client-ip`.
    pub affinities: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            endpoints: limits::ENDPOINTS,
            attachments: limits::ATTACHMENTS,
            flows: limits::FLOWS,
            new_flows: limits::FLOWS_NEW,
            services: limits::SERVICES,
            backends: limits::BACKENDS,
            ring_slots: limits::RING_SLOTS,
            ingress_ports: limits::INGRESS,
            tracked: limits::TRACKED,
            affinities: limits::AFFINITIES,
        }
    }
}

/// A size that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongSize {
    /// Its key in the configuration.
    pub key: &'static str,
    /// What was asked for.
    pub value: u32,
    /// What can be.
    pub expected: &'static str,
}

impl Sizes {
    /// Looks at each.
    ///
    /// # Errors
    /// The first that cannot be.
    pub fn check(&self) -> Result<(), WrongSize> {
        let any = ("a table has 1 to 16777216 entries", 1..=MOST, 1);
        let backends = ("a table of backends has 2 to 65536 entries", 2..=MOST_BACKENDS, 1);
        let slots = (
            "rings have 512 to 268435456 slots, a multiple of 32",
            limits::MIN_RING..=MOST_SLOTS,
            RingBlock::SLOTS,
        );
        let all = [
            ("endpoints", self.endpoints, &any),
            ("attachments", self.attachments, &any),
            ("flows", self.flows, &any),
            ("new_flows", self.new_flows, &any),
            ("services", self.services, &any),
            ("backends", self.backends, &backends),
            ("ring_slots", self.ring_slots, &slots),
            ("ingress_ports", self.ingress_ports, &any),
            ("tracked", self.tracked, &any),
            ("affinities", self.affinities, &any),
        ];
        for (key, value, (expected, range, unit)) in all {
            if !range.contains(&value) || !value.is_multiple_of(*unit) {
                return Err(WrongSize { key, value, expected });
            }
        }
        Ok(())
    }
}
