//! A line of `ps`.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{
    super::{
        ago,
        filters::has_label,
        list::{Row, id},
    },
    ports,
};
use crate::api::types::ContainerInspect;

/// Most of a command that a table shows, characters (Docker's figure).
const COMMAND_SHOWN: usize = 20;

/// A container, and the time that its ages count to.
#[derive(Debug)]
pub(in super::super) struct ContainerRow {
    pub(in super::super) container: ContainerInspect,
    pub(in super::super) now: SystemTime,
}

impl Row for ContainerRow {
    const HEADINGS: &'static [&'static str] =
        &["CONTAINER ID", "NAME", "COMMAND", "CREATED", "STATUS", "PORTS", "NETWORKS"];
    const KEYS: &'static [&'static str] = &["name", "id", "label", "status", "network"];

    fn id(&self) -> &str {
        &self.container.id
    }

    fn cells(&self, no_trunc: bool) -> Vec<String> {
        vec![
            id(&self.container.id, no_trunc).to_owned(),
            self.container.name.clone(),
            shown(&self.container.config.cmd, no_trunc),
            self.age(&self.container.created).map_or_else(String::new, |age| format!("{age} ago")),
            self.status(),
            self.ports().join(", "),
            self.networks().join(","),
        ]
    }

    fn json(&self) -> Value {
        let ContainerInspect { id, name, created, state, config, node, .. } = &self.container;
        let age = ago::since(created, self.now).map(|age| age.as_secs());
        json!({
            "ID": id,
            "Name": name,
            "Command": config.cmd,
            "CreatedAt": created,
            "RunningFor": age,
            "State": state.status,
            "Status": self.status(),
            "ExitCode": state.exit_code,
            "Pid": state.pid,
            "Ports": self.ports(),
            "Networks": self.addresses(),
            "Labels": config.labels,
            "Node": node,
        })
    }

    fn matches(&self, key: &str, value: &str) -> bool {
        let container = &self.container;
        match key {
            "name" => container.name.contains(value),
            "id" => container.id.starts_with(value),
            "label" => has_label(&container.config.labels, value),
            "status" => container.state.status == value,
            "network" => self.is_on(value),
            _ => false,
        }
    }
}

impl ContainerRow {
    fn age(&self, time: &str) -> Option<String> {
        ago::since(time, self.now).map(ago::in_words)
    }

    fn status(&self) -> String {
        let state = &self.container.state;
        match state.status.as_str() {
            "running" => format!("Up {}", self.age(&state.started_at).unwrap_or_default()),
            "exited" => {
                let age = self.age(&state.finished_at).unwrap_or_default();
                format!("Exited ({}) {age} ago", state.exit_code)
            }
            "created" => "Created".to_owned(),
            other => other.to_owned(),
        }
    }

    fn ports(&self) -> Vec<String> {
        ports::groups(&self.container.network_settings.ports)
    }

    /// `NETWORK=ADDRESS` of each.
    fn networks(&self) -> Vec<String> {
        let networks = &self.container.network_settings.networks;
        networks.iter().map(|(name, endpoint)| format!("{name}={}", endpoint.ip_address)).collect()
    }

    fn addresses(&self) -> Value {
        let networks = &self.container.network_settings.networks;
        networks.iter().map(|(name, e)| (name.clone(), Value::from(e.ip_address.clone()))).collect()
    }

    fn is_on(&self, network: &str) -> bool {
        let networks = &self.container.network_settings.networks;
        let by_id = |id: &String| !network.is_empty() && id.starts_with(network);
        networks.contains_key(network) || networks.values().any(|e| by_id(&e.network_id))
    }
}

/// The command as one quoted word; shortened unless it is to be shown whole.
fn shown(command: &[String], no_trunc: bool) -> String {
    if command.is_empty() {
        return "-".to_owned();
    }
    let line = command.join(" ").replace(['\n', '\t'], " ");
    if no_trunc || line.chars().count() <= COMMAND_SHOWN {
        return format!("\"{line}\"");
    }
    format!("\"{}…\"", line.chars().take(COMMAND_SHOWN - 1).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_and_cut_at_a_character() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(shown(&words("sleep 5"), false), "\"sleep 5\"");
        assert_eq!(shown(&words("echo äöüäöüäöüäöüäöüäöü"), false), "\"echo äöüäöüäöüäöüäö…\"");
        assert_eq!(
            shown(&words("echo abcdefghijklmnopqrstuvwxyz"), true),
            "\"echo abcdefghijklmnopqrstuvwxyz\""
        );
        assert_eq!(shown(&[], false), "-");
    }
}
