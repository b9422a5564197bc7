//! Questions to one member, by the JSON that etcd has beside gRPC; asked from its own namespace, so
//! that a member that is cut off answers, too.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Member;
use crate::{
    layout::{ETCD_PORT, address},
    run, spawn,
};

impl Member {
    /// Asks it by gRPC's JSON gateway: `kv/range`, `kv/compaction`, `maintenance/status`, …
    ///
    /// # Errors
    /// If it does not answer within two seconds, or with something else than JSON.
    pub fn ask(&self, method: &str, request: &Value) -> Result<Value> {
        let url = format!("http://{}:{ETCD_PORT}/v3/{method}", address(self.last()));
        let mut curl = spawn::command(&self.netns, "curl");
        curl.args(["-s", "-f", "-m", "2", "-X", "POST", &url, "-d", &request.to_string()]);
        let said = run::output(&mut curl, Duration::from_secs(5))?.text()?;
        serde_json::from_str(&said).with_context(|| format!("etcd says {said}"))
    }

    /// The id of the member that this one follows; 0 while there is none.
    ///
    /// # Errors
    /// As [`Member::ask`].
    pub fn leader(&self) -> Result<u64> {
        Ok(number(&self.status()?["leader"]))
    }

    /// Its own id.
    ///
    /// # Errors
    /// As [`Member::ask`].
    pub fn id(&self) -> Result<u64> {
        Ok(number(&self.status()?["header"]["member_id"]))
    }

    /// The store's revision.
    ///
    /// # Errors
    /// As [`Member::ask`].
    pub fn revision(&self) -> Result<u64> {
        Ok(number(&self.status()?["header"]["revision"]))
    }

    /// Forgets all history before the newest revision.
    ///
    /// # Errors
    /// As [`Member::ask`].
    pub fn compact(&self) -> Result<()> {
        let request = serde_json::json!({ "revision": self.revision()?.to_string(), "physical": true });
        self.ask("kv/compaction", &request).map(drop)
    }

    fn status(&self) -> Result<Value> {
        self.ask("maintenance/status", &serde_json::json!({}))
    }
}

/// Numbers of 64 bits are text in gRPC's JSON; what is 0 is left out.
fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}
