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
    let connected = if status.store_connected { "connected" } else { "NOT REACHABLE" };
    let lines = [
        ("Node", format!("{} ({}), {}, {}", node.name, node.id, node.status, node.availability)),
        ("Version", node.version.clone()),
        (
            "Store",
            format!("{store}, {connected}, revision {store_revision}, applied {}", node.applied_revision),
        ),
        ("Uplink", format!("{uplink}, {}, MTU {underlay_mtu}, VXLAN port {vxlan_port}", node.address)),
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
    output::table(&[], lines.map(|(name, value)| vec![name.to_owned(), value]))
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
