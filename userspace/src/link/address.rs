//! IPv4 addresses of interfaces.

use std::net::{IpAddr, Ipv4Addr};

use futures::TryStreamExt;
use ipnet::Ipv4Net;
use rtnetlink::{
    AddressMessageBuilder,
    packet_route::{
        AddressFamily,
        address::{AddressAttribute, AddressHeaderFlags, AddressMessage, AddressScope},
    },
};

use super::{
    error::{Doing, LinkError},
    handle::Link,
};

/// An IPv4 address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The interface's index.
    pub ifindex: u32,
    /// Address and length of its subnet's prefix.
    pub net: Ipv4Net,
    /// True for a second address in the same subnet.
    pub secondary: bool,
    /// True where others may reach it (not `scope host` or `scope link`).
    pub global: bool,
}

impl Link {
    /// Gives interface `name` an address. No error where it has it already.
    ///
    /// # Errors
    /// Where the interface is missing or the kernel refuses.
    pub async fn add_address(&self, name: &str, addr: Ipv4Addr, prefix_len: u8) -> Result<(), LinkError> {
        let ifindex = self.index_of(name).await?;
        let request = self.handle.address().add(ifindex, IpAddr::V4(addr), prefix_len);
        let added = request.execute().await;
        let action = || format!("add address {addr}/{prefix_len} to interface {name} in {}", self.place);
        match added.doing(action) {
            Err(there) if there.errno() == Some(libc::EEXIST) => Ok(()),
            other => other,
        }
    }

    /// Takes an address from the interface with index `ifindex`. No error where it is gone already.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(super) async fn delete_address(
        &self,
        ifindex: u32,
        addr: Ipv4Addr,
        prefix_len: u8,
    ) -> Result<(), LinkError> {
        let message = AddressMessageBuilder::<Ipv4Addr>::new().index(ifindex).address(addr, prefix_len);
        let deleted = self.handle.address().del(message.build()).execute().await;
        match deleted.doing(|| format!("delete address {addr}/{prefix_len} in {}", self.place)) {
            Err(gone) if gone.errno() == Some(libc::EADDRNOTAVAIL) => Ok(()),
            other => other,
        }
    }

    /// All IPv4 addresses.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn addresses(&self) -> Result<Vec<Address>, LinkError> {
        let _turn = self.listing.lock().await;
        let all: Vec<AddressMessage> = self
            .handle
            .address()
            .get()
            .execute()
            .try_collect()
            .await
            .doing(|| format!("list addresses in {}", self.place))?;
        Ok(all.iter().filter_map(ipv4).collect())
    }
}

fn ipv4(message: &AddressMessage) -> Option<Address> {
    let header = &message.header;
    if header.family != AddressFamily::Inet {
        return None;
    }
    // IFA_LOCAL is the address itself; IFA_ADDRESS is the peer's on point-to-point interfaces (rtnetlink(7)).
    let local = message.attributes.iter().find_map(|attribute| match attribute {
        AddressAttribute::Local(IpAddr::V4(addr)) => Some(*addr),
        _ => None,
    })?;
    Some(Address {
        ifindex: header.index,
        net: Ipv4Net::new(local, header.prefix_len).ok()?,
        secondary: header.flags.contains(AddressHeaderFlags::Secondary),
        global: matches!(header.scope, AddressScope::Universe | AddressScope::Site),
    })
}
