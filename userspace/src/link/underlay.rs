//! Which interface and address carry packets between nodes.

use std::net::Ipv4Addr;

use super::{
    address::Address,
    error::LinkError,
    handle::{Interface, Link},
};
use crate::model::Mac;

/// The node's interface on the underlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underlay {
    /// Interface's name.
    pub ifname: String,
    /// Its index.
    pub ifindex: u32,
    /// Its MAC.
    pub mac: Mac,
    /// The node's address: its VTEP.
    pub addr: Ipv4Addr,
    /// Length of the address's prefix.
    pub prefix_len: u8,
    /// The interface's MTU, bytes of an IP packet.
    pub mtu: u32,
}

impl Link {
    /// Finds the underlay: `spec` is an address of this host or an interface's name; without it the
    /// default route's interface, and of an interface its first address.
    ///
    /// # Errors
    /// One line each for: no default route, nothing by that name, interface down, without address, no Ethernet.
    pub async fn underlay(&self, spec: Option<&str>) -> Result<Underlay, LinkError> {
        let (interface, chosen) = match spec {
            None => (self.by_default_route().await?, None),
            Some(text) => self.by_spec(text).await?,
        };
        if !interface.up {
            return Err(LinkError::UnderlayDown(interface.name));
        }
        let address = match chosen {
            Some(address) => address,
            None => self.first_address(&interface).await?,
        };
        let Some(mac) = interface.mac else { return Err(LinkError::UnderlayWithoutMac(interface.name)) };
        Ok(Underlay {
            ifname: interface.name,
            ifindex: interface.ifindex,
            mac,
            addr: address.net.addr(),
            prefix_len: address.net.prefix_len(),
            mtu: interface.mtu,
        })
    }

    async fn by_default_route(&self) -> Result<Interface, LinkError> {
        let routes = self.routes().await?;
        let default = routes.iter().filter(|r| r.dest.prefix_len() == 0).min_by_key(|r| r.metric);
        let default = default.ok_or(LinkError::NoDefaultRoute)?;
        self.by_index(default.ifindex).await?.ok_or(LinkError::NoDefaultRoute)
    }

    async fn by_spec(&self, text: &str) -> Result<(Interface, Option<Address>), LinkError> {
        let nothing = || LinkError::NoUnderlay(text.to_owned());
        if let Ok(addr) = text.parse::<Ipv4Addr>() {
            let all = self.addresses().await?;
            let address = all.into_iter().find(|a| a.net.addr() == addr).ok_or_else(nothing)?;
            let interface = self.by_index(address.ifindex).await?.ok_or_else(nothing)?;
            return Ok((interface, Some(address)));
        }
        // The kernel would answer a longer text with "numerical result out of range".
        if text.is_empty() || text.len() > 15 {
            return Err(nothing());
        }
        Ok((self.find(text).await?.ok_or_else(nothing)?, None))
    }

    async fn first_address(&self, interface: &Interface) -> Result<Address, LinkError> {
        let all = self.addresses().await?;
        all.into_iter()
            .find(|a| a.ifindex == interface.ifindex && a.global && !a.secondary)
            .ok_or_else(|| LinkError::UnderlayWithoutAddress(interface.name.clone()))
    }
}
