//! Counters for Prometheus (text format 0.0.4) on a TCP port of the operator's choice.

use std::{fmt::Write, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::{Daemon, status};

/// Answers `GET /metrics` on `listener` until the task is dropped.
pub(super) async fn serve(listener: TcpListener, daemon: Arc<Daemon>) {
    let router = Router::new().route("/metrics", get(metrics)).with_state(daemon);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "metrics are no longer served");
    }
}

async fn metrics(State(daemon): State<Arc<Daemon>>) -> Response {
    match status::counted(&daemon).await {
        Ok(counted) => {
            ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text(&counted, &daemon)).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.failure().message).into_response(),
    }
}

fn text(counted: &status::Counted, daemon: &Daemon) -> String {
    let mut text = String::new();
    let roads = counted.counters.iter().map(|(name, n)| (*name, *n));
    family(&mut text, "causeway_packets_total", "counter", "Packets carried, by road.", "road", roads);
    let drops = counted.drops.iter().map(|(name, n)| (*name, *n));
    family(&mut text, "causeway_drops_total", "counter", "Packets dropped, by reason.", "reason", drops);
    let used = counted.maps.iter().map(|(name, m)| (*name, m.used));
    family(&mut text, "causeway_map_entries", "gauge", "Entries of each map.", "map", used);
    let capacity = counted.maps.iter().map(|(name, m)| (*name, m.capacity));
    family(&mut text, "causeway_map_capacity", "gauge", "The most that each map takes.", "map", capacity);
    let repairs = daemon.audit.record.repairs();
    let help = "What was not as it should be and was put right, by kind.";
    family(&mut text, "causeway_audit_repairs_total", "counter", help, "kind", repairs);
    let names = daemon.resolver.counts();
    let help = "Questions for names, by what became of them.";
    family(&mut text, "causeway_dns_queries_total", "counter", help, "outcome", names.named());
    let connected = [("connected", u64::from(daemon.ledger.mirror.is_connected()))];
    family(&mut text, "causeway_store", "gauge", "1 while the store answers.", "state", connected);
    let well = [("well", u64::from(daemon.uplink.line().is_empty()))];
    let help = "1 while the uplink is there and up, with the node's address and the configured name.";
    family(&mut text, "causeway_uplink", "gauge", help, "state", well);
    let unreadable = [("unreadable", daemon.ledger.read(|s| s.unreadable.len() as u64))];
    let help = "Records of the store that this node cannot read.";
    family(&mut text, "causeway_store_records", "gauge", help, "state", unreadable);
    text
}

/// One family of samples that differ in one label.
fn family<'a>(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    label: &str,
    samples: impl IntoIterator<Item = (&'a str, u64)>,
) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (value, n) in samples {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {n}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_written_as_prometheus_reads_it() {
        let mut text = String::new();
        family(&mut text, "x_total", "counter", "Xs.", "kind", [("a", 1), ("b", 2)]);
        assert_eq!(
            text,
            "# HELP x_total Xs.\n# TYPE x_total counter\nx_total{kind=\"a\"} 1\nx_total{kind=\"b\"} 2\n"
        );
    }
}
