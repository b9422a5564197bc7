//! What interfaces have lost of what they were told, found by asking the kernel.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;

use super::{CW_HOST, HostRoute, Inside, Link, LinkError};

/// Something about [`CW_HOST`] that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostDifference {
    /// An address that it lacks, or has too much.
    Address(Ipv4Addr),
    /// A route that it lacks, has too much, or has with another MTU.
    Route(Ipv4Net),
}

impl fmt::Display for HostDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(addr) => write!(f, "address {addr} of {CW_HOST} was missing or too much"),
            Self::Route(dest) => write!(f, "route to {dest} over {CW_HOST} was missing, another or too much"),
        }
    }
}

/// What a container's end of a pair lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// It is down.
    pub up: bool,
    /// Its address.
    pub address: bool,
    /// Some of its routes.
    pub routes: bool,
}

impl Missing {
    /// Whether it lacks nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Link {
    /// In what [`CW_HOST`]'s addresses and routes are not those of `routes`.
    ///
    /// # Errors
    /// Where it is missing, or the kernel cannot be asked.
    pub async fn host_differences(
        &self,
        routes: &BTreeMap<Ipv4Net, HostRoute>,
    ) -> Result<Vec<HostDifference>, LinkError> {
        let ifindex = self.index_of(CW_HOST).await?;
        let (addresses, all) = (self.addresses().await?, self.routes().await?);
        let addresses = addresses.iter().filter(|a| a.ifindex == ifindex).map(|a| a.net.addr());
        let there: BTreeMap<_, _> =
            all.iter().filter(|r| r.ifindex == ifindex).map(|r| (r.dest, r.mtu)).collect();
        let wanted: BTreeMap<_, _> = routes.iter().map(|(dest, route)| (*dest, Some(route.mtu))).collect();
        let gateways: BTreeSet<_> = routes.values().filter(|r| r.is_gateway).map(|r| r.source).collect();
        let other = addresses.collect::<BTreeSet<_>>();
        let mut found: Vec<_> =
            gateways.symmetric_difference(&other).copied().map(HostDifference::Address).collect();
        let dests: BTreeSet<_> = wanted.keys().chain(there.keys()).copied().collect();
        let differ = dests.into_iter().filter(|dest| wanted.get(dest) != there.get(dest));
        found.extend(differ.map(HostDifference::Route));
        Ok(found)
    }
}

impl Inside {
    /// What the container's end lacks; nothing where it goes by another name now.
    ///
    /// # Errors
    /// Where the namespace is gone, or the kernel cannot be asked.
    pub async fn missing(&self) -> Result<Missing, LinkError> {
        let link = Link::in_netns(&self.netns)?;
        let Some(interface) = link.find(&self.ifname).await? else { return Ok(Missing::default()) };
        let addresses = link.addresses().await?;
        let has_it = addresses.iter().any(|a| a.ifindex == interface.ifindex && a.net.addr() == self.addr);
        let there: BTreeSet<_> = link.routes().await?.iter().map(|route| route.dest).collect();
        Ok(Missing {
            up: !interface.up,
            address: !has_it,
            routes: self.routes.iter().any(|dest| !there.contains(dest)),
        })
    }
}
