//! A line of `service ls`.

use serde_json::{Value, json};

use super::{
    super::{
        filters::has_label,
        list::{Row, id},
    },
    service_ports::written,
};
use crate::api::types::{EndpointMode, ServiceInspect};

impl Row for ServiceInspect {
    const HEADINGS: &'static [&'static str] = &["ID", "NAME", "MODE", "BACKENDS", "VIP", "NETWORK", "PORTS"];
    const KEYS: &'static [&'static str] = &["name", "id", "label", "mode", "network"];

    fn id(&self) -> &str {
        &self.id
    }

    fn cells(&self, no_trunc: bool) -> Vec<String> {
        vec![
            id(&self.id, no_trunc).to_owned(),
            self.spec.name.clone(),
            mode(self).to_owned(),
            format!("{}/{}", active(self), self.backends.len()),
            vip(self).unwrap_or_default().to_owned(),
            self.spec.network.clone().unwrap_or_default(),
            written(&self.endpoint.ports).join(", "),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "ID": self.id,
            "Name": self.spec.name,
            "Mode": mode(self),
            "Active": active(self),
            "Backends": self.backends.len(),
            "VIP": vip(self),
            "Network": self.spec.network,
            "Ports": self.endpoint.ports,
            "Labels": self.spec.labels,
            "CreatedAt": self.created_at,
        })
    }

    fn matches(&self, key: &str, value: &str) -> bool {
        match key {
            "name" => self.spec.name.contains(value),
            "id" => self.id.starts_with(value),
            "label" => has_label(&self.spec.labels, value),
            "mode" => mode(self) == value,
            "network" => self.spec.network.as_deref() == Some(value),
            _ => false,
        }
    }
}

const fn mode(service: &ServiceInspect) -> &'static str {
    match service.spec.endpoint_spec.mode {
        EndpointMode::Vip => "vip",
        EndpointMode::Dnsrr => "dnsrr",
    }
}

fn active(service: &ServiceInspect) -> usize {
    service.backends.iter().filter(|backend| backend.state == "active").count()
}

/// Without its prefix length, which is always 32.
fn vip(service: &ServiceInspect) -> Option<&str> {
    let addr = &service.endpoint.virtual_ips.first()?.addr;
    Some(addr.split_once('/').map_or(addr, |(addr, _)| addr))
}
