//! Decisions, and what becomes of them when two are made at once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backends;
mod connecting;
mod containers;
mod docker;
mod ingress;
mod local;
mod networks;
mod nodes;
mod publishing;
mod service_updates;
mod services;
mod states;

use super::{Given, HostPorts, Kind, PortUse, Refusal, State, container, network, node, service, world::*};

fn refused<T>(result: Result<T, Refusal>, kind: Kind, words: &[&str]) {
    let refusal = result.err().expect("a refusal");
    let text = refusal.to_string();
    assert_eq!(refusal.kind(), kind, "{text}");
    assert!(!text.contains('\n'), "{text}");
    for word in words {
        assert!(text.contains(word), "'{text}' lacks '{word}'");
    }
}
