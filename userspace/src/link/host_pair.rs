//! The one veth pair of a node, `cw-host` and `cw-road`: by it the host and its containers reach each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::Ipv4Addr,
    path::Path,
};

use ipnet::Ipv4Net;
use rtnetlink::{
    LinkUnspec, LinkVeth, RouteMessageBuilder,
    packet_route::{
        link::{InfoData, InfoVeth},
        route::{RouteAttribute, RouteMetric, RouteScope},
    },
};

use super::{
    error::{Doing, LinkError},
    handle::{Interface, Link},
    ipv6::disable_ipv6,
};
use crate::model::Mac;

/// The end that the host uses: it holds the gateways' addresses and the routes to the networks.
pub const CW_HOST: &str = "cw-host";
/// The end whose ingress carries what the host sends into containers.
pub const CW_ROAD: &str = "cw-road";

/// The calling thread's own network namespace.
pub(super) const OWN: &str = "/proc/thread-self/ns/net";

/// The pair as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPair {
    /// Index of [`CW_HOST`].
    pub host: u32,
    /// MAC of [`CW_HOST`].
    pub mac: Mac,
    /// Index of [`CW_ROAD`].
    pub road: u32,
}

/// How the host speaks to a destination behind [`CW_HOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostRoute {
    /// The address that it speaks from.
    pub source: Ipv4Addr,
    /// That is a network's gateway, which [`CW_HOST`] holds; else an address that the host has anyway.
    pub is_gateway: bool,
    /// Largest packet that the containers there take, bytes.
    pub mtu: u32,
}

impl Link {
    /// Makes the pair where it is missing, and sees to it that both ends are up, without ARP and
    /// without IPv6, and take packets of `mtu` bytes. For the calling process's own namespace, whose
    /// settings stand in `/proc/sys`.
    ///
    /// # Errors
    /// Where one of the names is another's, or the kernel refuses.
    pub async fn ensure_host_pair(&self, mtu: u32) -> Result<HostPair, LinkError> {
        if self.find(CW_HOST).await?.is_none() {
            let peer = LinkUnspec::new_with_name(CW_ROAD).mtu(mtu).build();
            let pair = LinkVeth::new(CW_HOST, CW_ROAD).mtu(mtu);
            let pair = pair.set_info_data(InfoData::Veth(InfoVeth::Peer(peer))).build();
            let created = self.handle.link().add(pair).execute().await;
            created.doing(|| format!("create interfaces {CW_HOST} and {CW_ROAD} in {}", self.place))?;
        }
        let host = self.ready_end(CW_HOST, mtu).await?;
        let road = self.ready_end(CW_ROAD, mtu).await?;
        forward(CW_HOST).doing(|| format!("allow forwarding from interface {CW_HOST}"))?;
        let mac = host.mac.ok_or(LinkError::UnderlayWithoutMac(host.name))?;
        Ok(HostPair { host: host.ifindex, mac, road: road.ifindex })
    }

    async fn ready_end(&self, name: &str, mtu: u32) -> Result<Interface, LinkError> {
        let ifindex = self.index_of(name).await?;
        disable_ipv6(Path::new(OWN), name)?;
        let request = LinkUnspec::new_with_index(ifindex).arp(false).mtu(mtu).up().build();
        let set = self.handle.link().set(request).execute().await;
        set.doing(|| format!("set interface {name} up in {}", self.place))?;
        let missing = || LinkError::Missing { name: name.to_owned(), place: self.place.clone() };
        self.by_index(ifindex).await?.ok_or_else(missing)
    }

    /// Makes the addresses and routes of [`CW_HOST`] be those of `routes`. The kernel keeps the host's
    /// packets to each route's MTU; the pair's own is raised to the largest of them.
    ///
    /// # Errors
    /// Where the pair is missing or the kernel refuses, for instance since another interface has the
    /// same route.
    pub async fn set_host_routes(&self, routes: &BTreeMap<Ipv4Net, HostRoute>) -> Result<(), LinkError> {
        let ifindex = self.index_of(CW_HOST).await?;
        self.raise_mtu(routes.values().map(|route| route.mtu).max().unwrap_or_default()).await?;
        // With an address go the routes that have it as their source, so the routes are read after.
        let gateways = routes.values().filter(|route| route.is_gateway).map(|route| route.source).collect();
        self.set_host_addresses(ifindex, &gateways).await?;
        let all = self.routes().await?;
        let there = all.iter().filter(|r| r.ifindex == ifindex).map(|r| (r.dest, r.mtu));
        let there: BTreeMap<_, _> = there.collect();
        for gone in there.keys().filter(|dest| !routes.contains_key(*dest)) {
            self.delete_host_route(ifindex, *gone).await?;
        }
        for (dest, route) in routes {
            match there.get(dest) {
                Some(mtu) if *mtu == Some(route.mtu) => {}
                known => self.put_host_route(ifindex, *dest, route, known.is_some()).await?,
            }
        }
        Ok(())
    }

    /// Sees to it that both ends take packets of `mtu` bytes; what they take already they go on to take.
    async fn raise_mtu(&self, mtu: u32) -> Result<(), LinkError> {
        for name in [CW_ROAD, CW_HOST] {
            let Some(end) = self.find(name).await?.filter(|end| end.mtu < mtu) else { continue };
            let request = LinkUnspec::new_with_index(end.ifindex).mtu(mtu).build();
            let set = self.handle.link().set(request).execute().await;
            set.doing(|| format!("set the MTU of interface {name} to {mtu} in {}", self.place))?;
        }
        Ok(())
    }

    /// The addresses have a prefix of 32 bits: the routes to the networks are set by hand.
    async fn set_host_addresses(&self, ifindex: u32, wanted: &BTreeSet<Ipv4Addr>) -> Result<(), LinkError> {
        let all = self.addresses().await?;
        let there: Vec<_> = all.iter().filter(|a| a.ifindex == ifindex).map(|a| a.net.addr()).collect();
        for gone in there.iter().filter(|addr| !wanted.contains(addr)) {
            self.delete_address(ifindex, *gone, 32).await?;
        }
        for addr in wanted.iter().filter(|addr| !there.contains(addr)) {
            self.add_address(CW_HOST, *addr, 32).await?;
        }
        Ok(())
    }

    /// Adds a route, or changes the one that is there.
    async fn put_host_route(
        &self,
        ifindex: u32,
        dest: Ipv4Net,
        route: &HostRoute,
        there: bool,
    ) -> Result<(), LinkError> {
        let mut message = host_route(ifindex, dest).pref_source(route.source).build();
        message.attributes.push(RouteAttribute::Metrics(vec![RouteMetric::Mtu(route.mtu)]));
        let mut request = self.handle.route().add(message);
        if there {
            request = request.replace();
        }
        let added = request.execute().await;
        added.doing(|| format!("add route to {dest} over interface {CW_HOST} in {}", self.place))
    }

    async fn delete_host_route(&self, ifindex: u32, dest: Ipv4Net) -> Result<(), LinkError> {
        let deleted = self.handle.route().del(host_route(ifindex, dest).build()).execute().await;
        match deleted.doing(|| format!("delete route to {dest} over interface {CW_HOST} in {}", self.place)) {
            Err(gone) if gone.errno() == Some(libc::ESRCH) => Ok(()),
            other => other,
        }
    }
}

fn host_route(ifindex: u32, dest: Ipv4Net) -> RouteMessageBuilder<Ipv4Addr> {
    RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(dest.network(), dest.prefix_len())
        .output_interface(ifindex)
        .scope(RouteScope::Link)
}

/// The kernel's route lookup for what comes from containers (`bpf_fib_lookup`) answers only where the
/// interface that they are said to come from forwards.
fn forward(name: &str) -> io::Result<()> {
    fs::write(format!("/proc/sys/net/ipv4/conf/{name}/forwarding"), "1")
}
