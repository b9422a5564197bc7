//! Conversations end with the port that they began at.

use std::collections::BTreeSet;

use causeway_common::{FlowKeyV4, IngressKey, Ipv4, PublishedKeyV4, Service, flow, names, published};

use super::{Dataplane, KernelError, flows::Entry};
use crate::plan::Step;

/// Ports that are published no longer.
#[derive(Debug, Default)]
struct Gone {
    /// Ports of this node.
    published: BTreeSet<PublishedKeyV4>,
    /// Ports of all nodes.
    ingress: BTreeSet<IngressKey>,
    /// Addresses of services: whose ports those are not.
    vips: BTreeSet<Ipv4>,
}

impl Dataplane {
    /// Removes the flows that began at ports which are published no longer after these steps; those of other
    /// ports of the same container go on.
    pub(super) fn end_with_ports(&mut self, steps: &[Step]) -> Result<(), KernelError> {
        let mut gone = Gone::default();
        gone.published.extend(steps.iter().filter_map(|step| match step {
            Step::DeletePublished(key) if key.addr != published::SOME => Some(*key),
            _ => None,
        }));
        gone.ingress.extend(steps.iter().filter_map(|step| match step {
            Step::DeleteIngress(key) => Some(*key),
            _ => None,
        }));
        if gone.published.is_empty() && gone.ingress.is_empty() {
            return Ok(());
        }
        let services = self.entries_of::<Ipv4, Service>(names::SERVICES_V4)?;
        gone.vips = services.into_iter().map(|(vip, _)| vip).collect();
        let both = |entry: &Entry| [entry.key, entry.flow.other(entry.key.protocol)];
        let began = |entry: &&Entry| gone.has(entry);
        let over: BTreeSet<FlowKeyV4> = self.flows()?.iter().filter(began).flat_map(both).collect();
        self.remove_flows(|entry| over.contains(&entry.key))?;
        Ok(())
    }
}

impl Gone {
    /// Whether a conversation began at one of the ports, and this is the direction into the container.
    fn has(&self, entry: &Entry) -> bool {
        let FlowKeyV4 { dst, dst_port: port, protocol, .. } = entry.key;
        let begins = entry.flow.flags & (flow::TO_CONTAINER | flow::REPLY) == flow::TO_CONTAINER;
        let at = |addr| self.published.contains(&PublishedKeyV4 { addr, port, protocol, reserved: 0 });
        let of_all = IngressKey { port, protocol, reserved: 0 };
        let of_all = !self.vips.contains(&dst) && self.ingress.contains(&of_all);
        begins && (of_all || at(dst) || at(published::ANY))
    }
}

#[cfg(test)]
mod tests {
    use causeway_common::Flow;

    use super::*;

    const NODE: Ipv4 = [198, 18, 0, 1];
    const VIP: Ipv4 = [10, 255, 0, 1];

    fn entry(dst: Ipv4, port: u8, flags: u8) -> Entry {
        let key = FlowKeyV4 {
            src: [198, 18, 0, 100],
            dst,
            src_port: [9, 9],
            dst_port: [0, port],
            vni: [0; 3],
            protocol: 6,
        };
        Entry { key, flow: Flow { flags, ..Flow::default() }, answered: true }
    }

    #[test]
    fn what_began_at_a_port_of_all_nodes_ends_with_it_and_nothing_besides() {
        let gone = Gone {
            ingress: [IngressKey { port: [0, 80], protocol: 6, reserved: 0 }].into(),
            vips: [VIP].into(),
            ..Gone::default()
        };
        assert!(gone.has(&entry(NODE, 80, flow::TO_CONTAINER)));
        assert!(!gone.has(&entry(NODE, 81, flow::TO_CONTAINER)), "another port");
        assert!(!gone.has(&entry(VIP, 80, flow::TO_CONTAINER)), "the service by its own address");
        assert!(!gone.has(&entry(NODE, 80, 0)), "a container's own, to the outside");
        assert!(!gone.has(&entry(NODE, 80, flow::TO_CONTAINER | flow::REPLY)), "an answer to one");
    }
}
