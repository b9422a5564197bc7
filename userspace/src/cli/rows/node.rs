//! A line of `node ls`.

use serde_json::{Value, json};

use super::super::list::{Row, id};
use crate::api::types::NodeInspect;

impl Row for NodeInspect {
    const HEADINGS: &'static [&'static str] =
        &["ID", "NAME", "STATUS", "AVAILABILITY", "ADDRESS", "VERSION", "REVISION", "SELF"];
    const KEYS: &'static [&'static str] = &["name", "id", "status", "availability"];

    fn id(&self) -> &str {
        &self.id
    }

    fn cells(&self, no_trunc: bool) -> Vec<String> {
        vec![
            id(&self.id, no_trunc).to_owned(),
            self.name.clone(),
            self.status.clone(),
            self.availability.clone(),
            self.address.clone(),
            self.version.clone(),
            self.applied_revision.to_string(),
            if self.is_self { "*" } else { "" }.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!(self)
    }

    fn matches(&self, key: &str, value: &str) -> bool {
        match key {
            "name" => self.name.contains(value),
            "id" => self.id.starts_with(value),
            "status" => self.status.eq_ignore_ascii_case(value),
            "availability" => self.availability.eq_ignore_ascii_case(value),
            _ => false,
        }
    }
}
