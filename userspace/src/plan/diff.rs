//! The difference between two tables as steps, in an order that is safe to stop at.

use std::collections::BTreeMap;

use super::{Step, Tables};

/// What turns `observed` into `desired`.
///
/// Puts come first, what is named before what names it: nodes, VTEPs, VNIs, endpoints, attachments,
/// namespaces, their networks, addresses of the host, sources, published ports, backends, rings, services,
/// ports of all nodes, settings. Deletions follow in the reverse order. So
/// an entry never names something that is not there.
pub fn diff(desired: &Tables, observed: &Tables) -> Vec<Step> {
    let (d, o) = (desired, observed);
    let mut steps = Vec::new();
    puts(&d.nodes, &o.nodes, Step::PutNode, &mut steps);
    puts(&d.vteps_v4, &o.vteps_v4, Step::PutVtep, &mut steps);
    puts(&d.vnis, &o.vnis, Step::PutVni, &mut steps);
    puts(&d.endpoints_v4, &o.endpoints_v4, Step::PutEndpoint, &mut steps);
    puts(&d.attachments, &o.attachments, Step::PutAttachment, &mut steps);
    puts(&d.namespaces, &o.namespaces, Step::PutNamespace, &mut steps);
    puts(&d.members, &o.members, Step::PutMember, &mut steps);
    puts(&d.host_addrs_v4, &o.host_addrs_v4, Step::PutHostAddress, &mut steps);
    steps.extend(d.sources_v4.difference(&o.sources_v4).copied().map(Step::PutSource));
    puts(&d.published_v4, &o.published_v4, Step::PutPublished, &mut steps);
    puts(&d.backends, &o.backends, Step::PutBackend, &mut steps);
    let rings = d.rings.iter().filter(|(first, slots)| o.rings.get(first) != Some(slots));
    steps.extend(rings.map(|(first, slots)| Step::PutRing(*first, slots.clone())));
    puts(&d.services_v4, &o.services_v4, Step::PutService, &mut steps);
    puts(&d.ingress, &o.ingress, Step::PutIngress, &mut steps);
    if d.settings != o.settings {
        steps.push(Step::PutSettings(d.settings.unwrap_or_default()));
    }
    deletions(&d.ingress, &o.ingress, Step::DeleteIngress, &mut steps);
    deletions(&d.services_v4, &o.services_v4, Step::DeleteService, &mut steps);
    deletions(&d.backends, &o.backends, Step::DeleteBackend, &mut steps);
    deletions(&d.published_v4, &o.published_v4, Step::DeletePublished, &mut steps);
    steps.extend(o.sources_v4.difference(&d.sources_v4).copied().map(Step::DeleteSource));
    deletions(&d.host_addrs_v4, &o.host_addrs_v4, Step::DeleteHostAddress, &mut steps);
    deletions(&d.members, &o.members, Step::DeleteMember, &mut steps);
    deletions(&d.namespaces, &o.namespaces, Step::DeleteNamespace, &mut steps);
    deletions(&d.attachments, &o.attachments, Step::DeleteAttachment, &mut steps);
    deletions(&d.endpoints_v4, &o.endpoints_v4, Step::DeleteEndpoint, &mut steps);
    deletions(&d.vnis, &o.vnis, Step::DeleteVni, &mut steps);
    deletions(&d.vteps_v4, &o.vteps_v4, Step::DeleteVtep, &mut steps);
    deletions(&d.nodes, &o.nodes, Step::DeleteNode, &mut steps);
    steps
}

fn puts<K: Ord + Copy, V: PartialEq + Copy>(
    desired: &BTreeMap<K, V>,
    observed: &BTreeMap<K, V>,
    step: fn(K, V) -> Step,
    steps: &mut Vec<Step>,
) {
    let changed = desired.iter().filter(|(key, value)| observed.get(key) != Some(value));
    steps.extend(changed.map(|(key, value)| step(*key, *value)));
}

fn deletions<K: Ord + Copy, V>(
    desired: &BTreeMap<K, V>,
    observed: &BTreeMap<K, V>,
    step: fn(K) -> Step,
    steps: &mut Vec<Step>,
) {
    steps.extend(observed.keys().filter(|key| !desired.contains_key(key)).map(|key| step(*key)));
}
