//! `inspect`, and what `ps` shows.

use std::path::Path;

use super::{
    host_config::{host_config, ports},
    node_name,
};
use crate::{
    api::types::{ConfigInspect, ContainerInspect, EndpointInspect, NetworkSettings, StateInspect},
    daemon::times::rfc3339,
    desired::State,
    model::{Container, ContainerState, Endpoint, Process},
};

/// A container as `inspect` prints it; `log` is where its output is kept.
pub(crate) fn container(state: &State, container: &Container, log: &Path) -> ContainerInspect {
    let process = container.process.as_ref();
    let command = process.map(|p| p.command.clone()).unwrap_or_default();
    let (path, args) =
        command.split_first().map_or((String::new(), Vec::new()), |(p, a)| (p.clone(), a.to_vec()));
    ContainerInspect {
        id: container.id.to_string(),
        name: container.name.clone(),
        created: rfc3339(container.created),
        path,
        args,
        state: doing(&container.state),
        config: config(process, container),
        host_config: host_config(state, container),
        log_path: process.map(|_| log.display().to_string()).unwrap_or_default(),
        network_settings: NetworkSettings {
            sandbox_key: container.netns.display().to_string(),
            ports: ports(container),
            networks: state
                .endpoints_of_container(&container.id)
                .into_iter()
                .map(|e| endpoint(state, e))
                .collect(),
        },
        node: node_name(state, &container.node),
    }
}

fn doing(state: &ContainerState) -> StateInspect {
    let mut inspect = StateInspect {
        status: "created".into(),
        running: false,
        pid: 0,
        exit_code: 0,
        started_at: String::new(),
        finished_at: String::new(),
    };
    match *state {
        ContainerState::Created => {}
        ContainerState::Running { pid, started } => {
            inspect.status = "running".into();
            inspect.running = true;
            inspect.pid = pid;
            inspect.started_at = rfc3339(started);
        }
        ContainerState::Exited { code, finished } => {
            inspect.status = "exited".into();
            inspect.exit_code = code;
            inspect.finished_at = rfc3339(finished);
        }
    }
    inspect
}

fn config(process: Option<&Process>, container: &Container) -> ConfigInspect {
    ConfigInspect {
        hostname: process.map(|p| p.hostname.clone()).unwrap_or_default(),
        env: process.map(|p| p.env.clone()).unwrap_or_default(),
        cmd: process.map(|p| p.command.clone()).unwrap_or_default(),
        labels: container.labels.clone(),
    }
}

fn endpoint(state: &State, endpoint: &Endpoint) -> (String, EndpointInspect) {
    let network = state.networks.get(&endpoint.network);
    let gateway = network.and_then(|n| n.subnet_of(endpoint.addr)).map(|s| s.gateway.to_string());
    let inspect = EndpointInspect {
        network_id: endpoint.network.to_string(),
        endpoint_id: endpoint.id.to_string(),
        gateway: gateway.unwrap_or_default(),
        ip_address: endpoint.addr.to_string(),
        ip_prefix_len: endpoint.prefix_len,
        mac_address: endpoint.mac.to_string(),
        aliases: endpoint.aliases.clone(),
        interface: endpoint.ifname.clone(),
        host_interface: endpoint.host_ifname(),
    };
    (network.map_or_else(|| endpoint.network.short().to_owned(), |n| n.name.clone()), inspect)
}
