//! Published ports: from what a user asks for to ports of the host that nobody else has.

use std::{collections::BTreeMap, net::Ipv4Addr};

use causeway_common::limits;

use super::{HostPort, HostPorts, PortUse, Refusal, State};
use crate::{
    api::types::{ContainerCreate, PortRange, PublishRequest},
    model::{Id, Protocol, PublishedRange, Service},
};

/// The ports that a container on `node` publishes: a new one, or, as `own`, one that is there and whose ports
/// count no more. `binding` is the host's address where the user names none.
pub(super) fn ranges(
    state: &State,
    requests: &[PublishRequest],
    (node, own): (&Id, Option<&Id>),
    binding: Ipv4Addr,
    ports: &HostPorts<'_>,
) -> Result<Vec<PublishedRange>, Refusal> {
    let wanted: Vec<_> = requests.iter().map(Wanted::read).collect::<Result<_, _>>()?;
    let mut market = Market { ports, held: held(state, node, own), ingress: ingress(state), own: Vec::new() };
    // Ports that somebody insists on come first, so that none that is chosen is in their way.
    let (named, open): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| matches!(w.host, Host::These(_)));
    for wanted in named.into_iter().chain(open) {
        let range = market.take(&wanted, binding)?;
        market.own.push(range);
    }
    market.check_room()?;
    Ok(market.own)
}

/// What a request asks for by `-p` and `-P`.
pub(super) fn wishes(request: &ContainerCreate) -> Vec<PublishRequest> {
    request.publish.iter().cloned().chain(exposed(request)).collect()
}

/// What `-P` adds: every exposed port that is not published by name.
fn exposed(request: &ContainerCreate) -> Vec<PublishRequest> {
    let all = request.expose.iter().filter(|_| request.publish_all);
    let ports = all.flat_map(|e| (e.ports.first..=e.ports.last).map(|port| (port, e.protocol)));
    let named = |port: u16, protocol| {
        let mut same = request.publish.iter().filter(|p| p.protocol == protocol);
        same.any(|p| (p.container.first..=p.container.last).contains(&port))
    };
    let open = |(port, protocol)| PublishRequest {
        host_ip: None,
        host: None,
        container: PortRange::one(port),
        protocol,
        sources: request.sources.clone(),
    };
    ports.filter(|(port, protocol)| !named(*port, *protocol)).map(open).collect()
}

/// The ports that containers of the node have taken from the host.
fn held<'s>(state: &'s State, node: &Id, own: Option<&Id>) -> Vec<(&'s str, &'s PublishedRange)> {
    let others = state.containers.values().filter(|c| Some(&c.id) != own);
    let here = others.filter(|c| c.node == *node && !c.has_exited());
    here.flat_map(|c| c.published.iter().map(|range| (c.name.as_str(), range))).collect()
}

/// The ports that services publish on all nodes, and which service does.
fn ingress(state: &State) -> BTreeMap<(Protocol, u16), &str> {
    let of_service = |s| Service::ingress(s).map(|p| ((p.protocol, p.published), s.name.as_str()));
    state.services.everywhere().flat_map(of_service).collect()
}

/// A request, its lengths checked.
struct Wanted<'r> {
    request: &'r PublishRequest,
    host: Host,
    count: u16,
}

/// Which ports of the host are wanted.
enum Host {
    /// These, from the first on.
    These(u16),
    /// Any of these.
    OneOf(PortRange),
    /// Any.
    Any,
}

impl<'r> Wanted<'r> {
    fn read(request: &'r PublishRequest) -> Result<Self, Refusal> {
        let length = |range: PortRange| range.count().ok_or(Refusal::NoPorts(range));
        let count = length(request.container)?;
        let host = match request.host {
            None => Host::Any,
            Some(range) if length(range)? == count => Host::These(range.first),
            Some(range) if count == 1 => Host::OneOf(range),
            Some(host) => return Err(Refusal::PortCounts { host, container: request.container }),
        };
        Ok(Self { request, host, count })
    }
}

/// The host's ports, and who has which.
struct Market<'m> {
    ports: &'m HostPorts<'m>,
    held: Vec<(&'m str, &'m PublishedRange)>,
    /// Ports that services publish on all nodes.
    ingress: BTreeMap<(Protocol, u16), &'m str>,
    own: Vec<PublishedRange>,
}

impl Market<'_> {
    fn take(&self, wanted: &Wanted<'_>, binding: Ipv4Addr) -> Result<PublishedRange, Refusal> {
        let request = wanted.request;
        let mut range = PublishedRange {
            host_ip: request.host_ip.unwrap_or(binding),
            host_port: 0,
            container_port: request.container.first,
            count: wanted.count,
            protocol: request.protocol,
            sources: request.sources.clone(),
        };
        match wanted.host {
            Host::These(first) => {
                range.host_port = first;
                self.check(&range)?;
            }
            Host::OneOf(among) => range.host_port = self.choose(&range, among, among.first, |_| true)?,
            Host::Any => {
                let (first, last) = self.ports.chosen_from;
                let among = PortRange { first, last };
                let unreserved = |port: &u16| !self.ports.reserved.iter().any(|r| r.contains(port));
                range.host_port = self.choose(&range, among, self.start(among), unreserved)?;
            }
        }
        Ok(range)
    }

    /// Where the search for a port that nobody names begins.
    fn start(&self, among: PortRange) -> u16 {
        let count = u32::from(among.count().unwrap_or(1));
        // Less than `count`, which is 16 bits.
        among.first.saturating_add(u16::try_from(self.ports.seed % count).unwrap_or(0))
    }

    /// Sees that the dataplane has room for all ports and sources of the node. A port of one address
    /// takes a second entry, which keeps it from whoever wants it on all of them.
    fn check_room(&self) -> Result<(), Refusal> {
        let all = || self.held.iter().map(|(_, range)| *range).chain(&self.own);
        let entries =
            |r: &PublishedRange| u32::from(r.count) * if r.host_ip.is_unspecified() { 1 } else { 2 };
        if all().map(entries).sum::<u32>() > limits::PUBLISHED {
            return Err(Refusal::TooManyPorts);
        }
        let sources: usize = all().map(|range| range.sources.len()).sum();
        if u32::try_from(sources).unwrap_or(u32::MAX) > limits::SOURCES {
            return Err(Refusal::TooManySources);
        }
        Ok(())
    }

    /// Sees that nobody has any of the ports.
    fn check(&self, range: &PublishedRange) -> Result<(), Refusal> {
        let name = |port| HostPort { addr: range.host_ip, port, protocol: range.protocol };
        for (container, other) in &self.held {
            if let Some(port) = range.clash(other) {
                return Err(Refusal::PortTaken { port: name(port), container: (*container).to_owned() });
            }
        }
        if let Some(port) = self.own.iter().find_map(|other| range.clash(other)) {
            return Err(Refusal::PortTwice(name(port)));
        }
        let (first, last) = range.host_ports().into_inner();
        let protocol = range.protocol;
        if let Some(((_, port), service)) = self.ingress.range((protocol, first)..=(protocol, last)).next() {
            let (port, service) = (format!("{port}/{protocol}"), (*service).to_owned());
            return Err(Refusal::ServicePortTaken { port, service });
        }
        for port in range.host_ports() {
            match (self.ports.used)(range.host_ip, range.protocol, port) {
                PortUse::Free => {}
                PortUse::Taken => return Err(Refusal::PortInUse(name(port))),
                PortUse::NoSuchAddress => return Err(Refusal::NoSuchHostAddress(range.host_ip)),
            }
        }
        Ok(())
    }

    /// The first of `range.count` ports in a row among those that nobody has, searched from `start` to
    /// the end and then from the first.
    fn choose(
        &self,
        range: &PublishedRange,
        among: PortRange,
        start: u16,
        may: impl Fn(&u16) -> bool,
    ) -> Result<u16, Refusal> {
        if (self.ports.used)(range.host_ip, range.protocol, among.first) == PortUse::NoSuchAddress {
            return Err(Refusal::NoSuchHostAddress(range.host_ip));
        }
        let one = |port| PublishedRange { host_port: port, count: 1, sources: Vec::new(), ..range.clone() };
        let free = |port: &u16| may(port) && self.check(&one(*port)).is_ok();
        let found = first_row(start..=among.last, range.count, free)
            .or_else(|| first_row(among.first..=among.last, range.count, free));
        found.ok_or(Refusal::PortsExhausted {
            count: range.count,
            range: among,
            protocol: range.protocol,
            addr: range.host_ip,
        })
    }
}

/// The first of `count` ports in a row that are all `free`.
fn first_row(ports: std::ops::RangeInclusive<u16>, count: u16, free: impl Fn(&u16) -> bool) -> Option<u16> {
    let mut row = 0;
    for port in ports {
        row = if free(&port) { row + 1 } else { 0 };
        if row == count {
            return Some(port - (count - 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::types::Expose, desired::world::container_request};

    #[test]
    fn exposed_ports_that_are_not_named_are_published_to_whom_the_container_says() {
        let range = PortRange { first: 80, last: 82 };
        let named = PublishRequest {
            host_ip: None,
            host: Some(PortRange::one(8081)),
            container: PortRange::one(81),
            protocol: Protocol::Tcp,
            sources: Vec::new(),
        };
        let mut request = ContainerCreate {
            publish: vec![named],
            expose: vec![Expose { ports: range, protocol: Protocol::Tcp }],
            ..container_request("c", &[])
        };
        assert_eq!(exposed(&request), []);
        request.publish_all = true;
        request.sources = vec![ipnet::Ipv4Net::default()];
        let published: Vec<_> =
            exposed(&request).into_iter().map(|p| (p.container.first, p.sources)).collect();
        assert_eq!(published, [(80, request.sources.clone()), (82, request.sources)]);
    }
}
