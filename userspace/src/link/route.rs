//! IPv4 routes.

use std::net::Ipv4Addr;

use futures::TryStreamExt;
use ipnet::Ipv4Net;
use rtnetlink::{
    RouteMessageBuilder,
    packet_route::route::{
        RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteMetric, RouteScope, RouteType,
    },
};

use super::{
    error::{Doing, LinkError},
    handle::Link,
};

/// An IPv4 unicast route of the main table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where it leads.
    pub dest: Ipv4Net,
    /// The next router; none where the destination is on the link.
    pub via: Option<Ipv4Addr>,
    /// Outgoing interface's index.
    pub ifindex: u32,
    /// Metric: the lowest wins.
    pub metric: u32,
    /// Largest packet that it takes, bytes; none where that is the interface's affair.
    pub mtu: Option<u32>,
}

impl Link {
    /// Adds a route to `dest` over interface `dev`, through router `via` or on the link. No error
    /// where the same route is there already.
    ///
    /// # Errors
    /// Where the interface is missing or the kernel refuses.
    pub async fn add_route(&self, dest: Ipv4Net, via: Option<Ipv4Addr>, dev: &str) -> Result<(), LinkError> {
        let ifindex = self.index_of(dev).await?;
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(dest.network(), dest.prefix_len())
            .output_interface(ifindex);
        let route = match via {
            Some(router) => route.gateway(router),
            None => route.scope(RouteScope::Link),
        };
        let added = self.handle.route().add(route.build()).execute().await;
        match added.doing(|| format!("add route to {dest} over interface {dev} in {}", self.place)) {
            Err(there) if there.errno() == Some(libc::EEXIST) => Ok(()),
            other => other,
        }
    }

    /// The IPv4 unicast routes of the main table.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn routes(&self) -> Result<Vec<Route>, LinkError> {
        let _turn = self.listing.lock().await;
        let all: Vec<RouteMessage> = self
            .handle
            .route()
            .get(RouteMessageBuilder::<Ipv4Addr>::new().build())
            .execute()
            .try_collect()
            .await
            .doing(|| format!("list routes in {}", self.place))?;
        Ok(all.iter().filter(|r| is_main(r)).filter_map(unicast).collect())
    }
}

fn is_main(message: &RouteMessage) -> bool {
    message.header.table == RouteHeader::RT_TABLE_MAIN
}

/// What a route message says; none where it is no unicast route or has no interface.
pub(super) fn unicast(message: &RouteMessage) -> Option<Route> {
    if message.header.kind != RouteType::Unicast {
        return None;
    }
    let (mut dest, mut via, mut ifindex, mut metric) = (Ipv4Addr::UNSPECIFIED, None, None, 0);
    let mut mtu = None;
    for attribute in &message.attributes {
        match attribute {
            RouteAttribute::Destination(RouteAddress::Inet(addr)) => dest = *addr,
            RouteAttribute::Gateway(RouteAddress::Inet(router)) => via = Some(*router),
            RouteAttribute::Oif(index) => ifindex = Some(*index),
            RouteAttribute::Priority(priority) => metric = *priority,
            RouteAttribute::Metrics(all) => mtu = all.iter().find_map(largest),
            // Of several ways the first stands for all: they lead out of the same host.
            RouteAttribute::MultiPath(ways) => ifindex = ways.first().map(|way| way.interface_index),
            _ => {}
        }
    }
    let dest = Ipv4Net::new(dest, message.header.destination_prefix_length).ok()?;
    Some(Route { dest, via, ifindex: ifindex?, metric, mtu })
}

/// The MTU, if this is that one of a route's metrics.
const fn largest(metric: &RouteMetric) -> Option<u32> {
    if let RouteMetric::Mtu(mtu) = metric { Some(*mtu) } else { None }
}
