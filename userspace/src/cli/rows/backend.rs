//! A line of `service ps`.

use serde_json::{Value, json};

use super::super::list::Row;
use crate::api::types::BackendInspect;

impl Row for BackendInspect {
    const HEADINGS: &'static [&'static str] = &["NAME", "NODE", "ADDRESS", "STATE", "WEIGHT"];
    const KEYS: &'static [&'static str] = &["name", "id", "node", "state"];

    fn id(&self) -> &str {
        &self.container_id
    }

    fn cells(&self, _no_trunc: bool) -> Vec<String> {
        vec![
            self.name.clone(),
            self.node.clone(),
            self.ip_address.to_string(),
            self.state.clone(),
            self.weight.to_string(),
        ]
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn matches(&self, key: &str, value: &str) -> bool {
        match key {
            "name" => self.name.contains(value),
            "id" => self.container_id.starts_with(value),
            "node" => self.node == value,
            "state" => self.state == value,
            _ => false,
        }
    }
}
