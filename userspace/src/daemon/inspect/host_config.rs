//! A container's ports and what was said about its place on the host, in Docker's shapes.

use std::collections::BTreeMap;

use crate::{
    api::types::{HostConfigInspect, PortBinding},
    desired::State,
    model::{Container, NetworkMode, PublishedRange},
};

/// `HostConfig`.
pub(super) fn host_config(state: &State, container: &Container) -> HostConfigInspect {
    HostConfigInspect {
        network_mode: mode(state, container),
        port_bindings: bindings(&container.published),
        auto_remove: container.remove_on_exit,
        dns: container.files.dns.iter().map(ToString::to_string).collect(),
        dns_search: container.files.dns_search.clone(),
        dns_options: container.files.dns_options.clone(),
        extra_hosts: container.files.extra_hosts.clone(),
    }
}

fn mode(state: &State, container: &Container) -> String {
    let first = || state.endpoints_of_container(&container.id).first().map(|e| e.network.clone());
    match &container.network_mode {
        NetworkMode::None => "none".into(),
        NetworkMode::Host => "host".into(),
        NetworkMode::Container(id) => format!("container:{id}"),
        NetworkMode::Attached => first()
            .map(|id| state.networks.get(&id).map_or_else(|| id.to_string(), |n| n.name.clone()))
            .unwrap_or_default(),
    }
}

/// `NetworkSettings.Ports`: what is exposed, and what is published as long as it has not exited.
pub(super) fn ports(container: &Container) -> BTreeMap<String, Option<Vec<PortBinding>>> {
    let exposed = container.exposed.iter().flat_map(|(first, last, protocol)| {
        (*first..=*last).map(move |port| (format!("{port}/{protocol}"), None))
    });
    let mut ports: BTreeMap<_, _> = exposed.collect();
    let published = if container.has_exited() { &[] } else { &container.published[..] };
    ports.extend(bindings(published).into_iter().map(|(port, bindings)| (port, Some(bindings))));
    ports
}

fn bindings(published: &[PublishedRange]) -> BTreeMap<String, Vec<PortBinding>> {
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for range in published {
        for (host, port) in range.pairs() {
            let binding = PortBinding { host_ip: range.host_ip.to_string(), host_port: host.to_string() };
            all.entry(format!("{port}/{}", range.protocol)).or_default().push(binding);
        }
    }
    all
}
