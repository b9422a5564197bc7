//! Published ports as the engine names them, one by one: ranges again, so that ten thousand are one.

use std::net::IpAddr;

use serde::Deserialize;

use super::messages::Failure;
use crate::{
    api::types::{PortRange, PublishRequest},
    model::Protocol,
};

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Binding {
    /// IANA's number.
    proto: u8,
    #[serde(rename = "HostIP")]
    host_ip: String,
    port: u16,
    host_port: u16,
    host_port_end: u16,
}

/// The ports that are asked for.
///
/// # Errors
/// Where they are of a protocol that is not carried, or of an address that is none.
pub fn requests(mut bindings: Vec<Binding>) -> Result<Vec<PublishRequest>, Failure> {
    bindings.iter_mut().for_each(Binding::normalise);
    bindings.sort();
    bindings.dedup();
    let mut requests: Vec<PublishRequest> = Vec::new();
    for binding in &bindings {
        let Some(request) = binding.request()? else { continue };
        match requests.last_mut().filter(|last| goes_on(last, &request)) {
            Some(last) => extend(last),
            None => requests.push(request),
        }
    }
    Ok(requests)
}

impl Binding {
    /// What means the same is the same.
    fn normalise(&mut self) {
        if self.host_ip == "0.0.0.0" {
            self.host_ip.clear();
        }
        self.host_port_end = if self.host_port == 0 { 0 } else { self.host_port_end.max(self.host_port) };
    }

    /// None for one of IPv6 alone, beside which the engine names one of IPv4.
    fn request(&self) -> Result<Option<PublishRequest>, Failure> {
        let protocol = match self.proto {
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            other => {
                let what = if other == 132 { "SCTP".to_owned() } else { format!("protocol {other}") };
                return Err(Failure::Wrong(format!("{what} cannot be published; publish tcp or udp")));
            }
        };
        let host_ip = match self.host_ip.parse() {
            Ok(IpAddr::V4(addr)) => Some(addr),
            Ok(IpAddr::V6(_)) => return Ok(None),
            Err(_) if self.host_ip.is_empty() => None,
            Err(_) => return Err(Failure::Wrong(format!("'{}' is no address of this host", self.host_ip))),
        };
        let host = PortRange { first: self.host_port, last: self.host_port_end };
        let host = (self.host_port != 0).then_some(host);
        let container = PortRange::one(self.port);
        Ok(Some(PublishRequest { host_ip, host, container, protocol, sources: Vec::new() }))
    }
}

/// Whether `next` is the port after those of `last`, on both sides.
fn goes_on(last: &PublishRequest, next: &PublishRequest) -> bool {
    let (Some(a), Some(b)) = (last.host, next.host) else { return false };
    // One of several host ports for one of the container is another thing.
    let pairs = a.count() == last.container.count() && b.count() == Some(1);
    let follows = |a: PortRange, b: PortRange| a.last.checked_add(1) == Some(b.first);
    pairs
        && (last.host_ip, last.protocol) == (next.host_ip, next.protocol)
        && follows(a, b)
        && follows(last.container, next.container)
}

fn extend(request: &mut PublishRequest) {
    request.container.last = request.container.last.saturating_add(1);
    if let Some(host) = &mut request.host {
        host.last = host.last.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::net::Ipv4Addr;

    use serde_json::{Value, json};

    use super::*;

    fn binding(proto: u8, ip: &str, port: u16, host: u16, end: u16) -> Value {
        json!({ "Proto": proto, "IP": "", "Port": port, "HostIP": ip, "HostPort": host, "HostPortEnd": end })
    }

    fn all(bindings: Value) -> Result<Vec<PublishRequest>, Failure> {
        requests(serde_json::from_value(bindings).unwrap())
    }

    fn read(bindings: Vec<Value>) -> Vec<(Option<PortRange>, PortRange, Protocol)> {
        let requests = all(bindings.into()).unwrap();
        requests.into_iter().map(|r| (r.host, r.container, r.protocol)).collect()
    }

    #[test]
    fn ports_in_a_row_are_one_range() {
        let all = (10_000..=20_000).rev().map(|port| binding(17, "", port, port, port)).collect();
        let range = PortRange { first: 10_000, last: 20_000 };
        assert_eq!(read(all), [(Some(range), range, Protocol::Udp)]);
    }

    #[test]
    fn what_is_not_in_a_row_stays_apart() {
        let one = PortRange::one;
        let apart = vec![
            binding(6, "", 80, 8080, 8080),
            binding(6, "", 81, 8082, 8082),
            binding(6, "0.0.0.0", 82, 0, 0),
            binding(6, "", 82, 0, 7),
            binding(6, "::", 80, 8080, 8080),
            binding(6, "", 90, 9000, 9005),
        ];
        let read = read(apart);
        assert!(read.contains(&(Some(one(8080)), one(80), Protocol::Tcp)), "{read:?}");
        assert!(read.contains(&(Some(one(8082)), one(81), Protocol::Tcp)), "{read:?}");
        assert!(read.contains(&(None, one(82), Protocol::Tcp)), "{read:?}");
        assert!(
            read.contains(&(Some(PortRange { first: 9000, last: 9005 }), one(90), Protocol::Tcp)),
            "{read:?}"
        );
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn addresses_are_kept_and_what_is_not_carried_is_refused() {
        let at = all(json!([binding(6, "127.0.0.1", 80, 8080, 0)])).unwrap();
        assert_eq!(at[0].host_ip, Some(Ipv4Addr::LOCALHOST));
        let refused = |binding| all(json!([binding])).unwrap_err().to_string();
        assert!(refused(binding(132, "", 1, 1, 1)).contains("SCTP"));
        assert!(refused(binding(6, "here", 1, 1, 1)).contains("here"));
        assert!(requests(Vec::new()).unwrap().is_empty());
    }
}
