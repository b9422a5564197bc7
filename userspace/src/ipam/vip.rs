//! Virtual addresses: one pool for the services of the whole cluster.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{
    Refusal,
    address::{first_free, hosts, next_fit},
};

/// Where virtual addresses come from, outside of all networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VipPool {
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// The last one handed out; the search goes on behind it, so that one that was given back rests.
    #[serde(default)]
    pub last: Option<Ipv4Addr>,
}

impl VipPool {
    /// A pool of which nothing has been handed out.
    pub const fn new(cidr: Ipv4Net) -> Self {
        Self { cidr, last: None }
    }

    /// Hands out the next address that is not `taken`.
    ///
    /// # Errors
    /// [`Refusal::VipsExhausted`].
    pub fn take(&mut self, taken: &BTreeSet<Ipv4Addr>) -> Result<Ipv4Addr, Refusal> {
        let free = next_fit(hosts(self.cidr, None), self.last.map(u32::from), |part| {
            let used = taken.range(Ipv4Addr::from(*part.start())..=Ipv4Addr::from(*part.end()));
            first_free(part, |_| false, used.copied().map(u32::from))
        });
        let addr = Ipv4Addr::from(free.ok_or(Refusal::VipsExhausted(self.cidr))?);
        self.last = Some(addr);
        Ok(addr)
    }
}
