//! `causeway status`.

use clap::Args;

use super::{error::Outcome, exit, list::Format, output};
use crate::{api::types, client::Client};

/// Options of `status`.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Print sections of text, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl Status {
    /// Prints the answering node's state.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let status = client.status().await?;
        match self.format {
            Format::Table => output::say(sections(&status).join("\n\n"))?,
            Format::Json => output::json(&status)?,
        }
        Ok(exit::DONE)
    }
}

fn sections(status: &types::Status) -> Vec<String> {
    vec![overview(status), roads(status), drops(status), maps(status)]
}

fn overview(status: &types::Status) -> String {
    let types::Status { node, store, store_revision, uplink, underlay_mtu, vxlan_port, .. } = status;
    let connected = if status.store_connected { "connected" } else { "NOT FOLLOWED" };
    let mut lines = vec![
        ("Node", format!("{} ({}), {}, {}", node.name, node.id, node.status, node.availability)),
        ("Version", node.version.clone()),
        (
            "Store",
            format!("{store}, {connected}, revision {store_revision}, applied {}", node.applied_revision),
        ),
        ("Uplink", format!("{uplink}, {}, MTU {underlay_mtu}, VXLAN port {vxlan_port}", node.address)),
        ("Mesh", mesh(status)),
        ("Audit", audit(&status.audit)),
        (
            "Holds",
            format!(
                "{}, {}, {}",
                count(status.networks, "network"),
                count(status.containers, "container"),
                count(status.endpoints, "endpoint")
            ),
        ),
    ];
    if !status.uplink_failure.is_empty() {
        lines.insert(4, ("", status.uplink_failure.clone()));
    }
    if let [first, more @ ..] = &status.store_unreadable[..] {
        let others = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        lines.insert(3, ("", format!("CANNOT BE READ: {first}{others}")));
    }
    if !status.dataplane_failure.is_empty() {
        lines.insert(3, ("", status.dataplane_failure.clone()));
    }
    if !status.store_failure.is_empty() {
        lines.insert(3, ("", status.store_failure.clone()));
    }
    output::table(&[], lines.into_iter().map(|(name, value)| vec![name.to_owned(), value]))
}

/// When what is in the kernel was last compared with what should be, and what came of it.
fn audit(audit: &types::AuditStatus) -> String {
    if audit.last.is_empty() {
        return "not made yet".to_owned();
    }
    let last = match audit.differences {
        0 => "all is as it should be".to_owned(),
        found => format!("{} put right", count(found, "difference")),
    };
    let total: u64 = audit.repairs.values().sum();
    let since = if total == 0 { String::new() } else { format!("; {total} since the start") };
    format!("{}, {last}{since}", audit.last)
}

/// By whom the uplink's frames, and so packets for ports of every node, are met first, and why it is nobody faster.
fn mesh(status: &types::Status) -> String {
    let by = match status.xdp.as_str() {
        "off" => "TCX".to_owned(),
        mode => format!("XDP {mode}"),
    };
    if status.xdp_reason.is_empty() { by } else { format!("{by} ({})", status.xdp_reason) }
}

fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn roads(status: &types::Status) -> String {
    let rows = status.counters.iter().map(|(road, packets)| vec![road.clone(), packets.to_string()]);
    output::table(&["ROAD", "PACKETS"], rows)
}

fn drops(status: &types::Status) -> String {
    if status.drops.is_empty() {
        return "No packet was dropped.".to_owned();
    }
    let meaning = |reason| status.drop_reasons.get(reason).cloned().unwrap_or_default();
    let rows = status
        .drops
        .iter()
        .map(|(reason, packets)| vec![reason.clone(), packets.to_string(), meaning(reason)]);
    output::table(&["DROPPED FOR", "PACKETS", "MEANING"], rows)
}

fn maps(status: &types::Status) -> String {
    let rows = status
        .maps
        .iter()
        .map(|(map, usage)| vec![map.clone(), usage.used.to_string(), usage.capacity.to_string()]);
    output::table(&["MAP", "USED", "CAPACITY"], rows)
}
