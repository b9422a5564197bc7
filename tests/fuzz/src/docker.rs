//! Calls of Docker's engine: `n` NetworkDriver.CreateNetwork, `p` the published ports of an endpoint.

use std::{collections::BTreeSet, net::Ipv4Addr};

use causeway::{
    api::types::{PortRange, PublishRequest},
    docker::{Binding, Failure, binding, read, requests},
};

use crate::is_one_line;

/// Reads.
pub fn run(input: &[u8]) {
    let Some((kind, body)) = input.split_first() else { return };
    match kind {
        b'n' => drop(refused_or(read(body).and_then(|request| binding(&request)))),
        b'p' => published(body),
        _ => {}
    }
}

/// Each port is asked for once, and no more than the engine named.
fn published(body: &[u8]) {
    let Ok(bindings) = read::<Vec<Binding>>(body) else { return };
    let named = bindings.len();
    let Some(requests) = refused_or(requests(bindings)) else { return };
    let pairs: Vec<_> = requests.iter().flat_map(pairs).collect();
    assert!(pairs.len() <= named, "{} of {named}", pairs.len());
    let once: BTreeSet<_> = pairs.iter().collect();
    assert_eq!(once.len(), pairs.len(), "{pairs:?}");
}

/// The host's address, the protocol, the container's port, and first and last of the host's.
type Pair = (Option<Ipv4Addr>, u8, u16, Option<(u16, u16)>);

/// The container's ports with what is known of the host's.
fn pairs(request: &PublishRequest) -> Vec<Pair> {
    let ports = request.container.first..=request.container.last;
    let same = request.host.filter(|host| host.last - host.first == ports.end() - ports.start());
    let host = |port: u16| match same {
        Some(host) => Some(PortRange::one(host.first + (port - request.container.first))),
        None => request.host,
    };
    let ends = |port| host(port).map(|host| (host.first, host.last));
    ports.map(|port| (request.host_ip, request.protocol.number(), port, ends(port))).collect()
}

fn refused_or<T>(read: Result<T, Failure>) -> Option<T> {
    read.inspect_err(|refusal| is_one_line(&refusal.to_string())).ok()
}
