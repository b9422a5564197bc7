//! Namespaces that stand for containers where a road has none of its own: each with a veth pair to its node.

use std::net::Ipv4Addr;

use anyhow::Result;
use causeway_lab::{Netns, ip::ip};

/// Guests of one road, by number, in a subnet of their own.
pub(super) struct Guests {
    /// What their namespaces are called by.
    pub(super) road: &'static str,
    /// The second byte of their addresses.
    pub(super) subnet: u8,
    /// The largest packet that they send, bytes.
    pub(super) mtu: u16,
}

impl Guests {
    /// A guest's address.
    pub(super) fn address(&self, number: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, self.subnet, 0, number)
    }

    /// The MAC of its `eth0`.
    pub(super) fn mac(&self, number: u8) -> String {
        format!("02:00:0a:{:02x}:00:{number:02x}", self.subnet)
    }

    /// Its interface on its node.
    pub(super) fn veth(number: u8) -> String {
        format!("veth{number}")
    }

    /// Makes a guest of a node, with its address.
    ///
    /// # Errors
    /// If that cannot be done.
    pub(super) fn make(&self, node: &Netns, number: u8) -> Result<Netns> {
        let (veth, mtu) = (Self::veth(number), self.mtu);
        let guest = Netns::create(&format!("cwb-{}-c{number}", self.road))?;
        let far = format!("name eth0 address {} mtu {mtu} netns {}", self.mac(number), guest.name());
        ip(node, &format!("link add {veth} mtu {mtu} type veth peer {far}"))?;
        ip(node, &format!("link set {veth} up"))?;
        ip(&guest, &format!("address add {}/24 dev eth0", self.address(number)))?;
        ip(&guest, "link set eth0 up")?;
        Ok(guest)
    }

    /// Tells guests 1 and 2 each other's MAC, where nobody carries ARP.
    ///
    /// # Errors
    /// If that cannot be done.
    pub(super) fn introduce(&self, one: &Netns, two: &Netns) -> Result<()> {
        for (guest, other) in [(one, 2), (two, 1)] {
            let (address, mac) = (self.address(other), self.mac(other));
            ip(guest, &format!("neigh add {address} lladdr {mac} dev eth0 nud permanent"))?;
        }
        Ok(())
    }
}
