//! A line of `network ls`.

use serde_json::{Value, json};

use super::super::{
    filters::has_label,
    list::{Row, id},
};
use crate::{api::types::NetworkInspect, model::DEFAULT_NETWORK};

impl Row for NetworkInspect {
    const HEADINGS: &'static [&'static str] = &["NETWORK ID", "NAME", "DRIVER", "SCOPE", "SUBNETS"];
    const KEYS: &'static [&'static str] = &["name", "id", "driver", "label", "scope", "type"];

    fn id(&self) -> &str {
        &self.id
    }

    fn cells(&self, no_trunc: bool) -> Vec<String> {
        vec![
            id(&self.id, no_trunc).to_owned(),
            self.name.clone(),
            self.driver.clone(),
            self.scope.clone(),
            subnets(self).join(","),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "ID": self.id,
            "Name": self.name,
            "Driver": self.driver,
            "Scope": self.scope,
            "Subnets": subnets(self),
            "Internal": self.internal,
            "IPv6": self.enable_ipv6,
            "Labels": self.labels,
            "CreatedAt": self.created,
        })
    }

    fn matches(&self, key: &str, value: &str) -> bool {
        match key {
            "name" => self.name.contains(value),
            "id" => self.id.starts_with(value),
            "driver" => self.driver == value,
            "label" => has_label(&self.labels, value),
            "scope" => self.scope == value,
            "type" => value == if is_builtin(self) { "builtin" } else { "custom" },
            _ => false,
        }
    }
}

/// Whether it was there before any user made one.
fn is_builtin(network: &NetworkInspect) -> bool {
    match network.driver.as_str() {
        "host" | "null" => true,
        driver => driver == "bridge" && network.name == DEFAULT_NETWORK,
    }
}

fn subnets(network: &NetworkInspect) -> Vec<&str> {
    network.ipam.config.iter().map(|c| c.subnet.as_str()).collect()
}
