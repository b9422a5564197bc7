//! `cw-vxlan`: what has the kernel aggregate the VXLAN packets that come in (GRO).
//!
//! Packets of one conversation are put together before anybody sees them, if the kernel knows what is in them; of
//! VXLAN it does as long as an interface of that kind listens on the port (`udp_gro_receive`, `vxlan_gro_receive`).
//! This one is there for that alone. It accepts no VNI (vxlan(8) `vnifilter`, Linux 5.18), so whatever the programs
//! leave to it, such as fragments, it drops.

use std::path::Path;

use rtnetlink::{LinkMessageBuilder, LinkUnspec, LinkVxlan};

use super::{
    error::{Doing, LinkError},
    handle::Link,
    host_pair::OWN,
    ipv6::disable_ipv6,
};

/// The interface; where it is deleted nothing is aggregated any more.
pub const CW_VXLAN: &str = "cw-vxlan";

impl Link {
    /// Has what arrives on a VXLAN port aggregated. No error where that is so already.
    ///
    /// # Errors
    /// Where the kernel has no VXLAN, or somebody else listens on the port.
    pub async fn aggregate(&self, port: u16) -> Result<(), LinkError> {
        let alias = format!("causeway: aggregates port {port}");
        match self.find(CW_VXLAN).await? {
            Some(there) if there.up && there.alias.as_deref() == Some(&*alias) => return Ok(()),
            Some(_) => self.delete(CW_VXLAN).await?,
            None => {}
        }
        let made = self.listen(port, alias).await;
        if made.is_err() {
            self.delete(CW_VXLAN).await?;
        }
        made
    }

    async fn listen(&self, port: u16, alias: String) -> Result<(), LinkError> {
        let doing = || format!("have VXLAN on port {port} aggregated by {CW_VXLAN} in {}", self.place);
        let vxlan = LinkMessageBuilder::<LinkVxlan>::new(CW_VXLAN);
        let vxlan = vxlan.collect_metadata(true).vnifilter(true).port(port).build();
        self.handle.link().add(vxlan).execute().await.doing(doing)?;
        disable_ipv6(Path::new(OWN), CW_VXLAN)?;
        let ifindex = self.index_of(CW_VXLAN).await?;
        let up = LinkUnspec::new_with_index(ifindex).arp(false).alias(alias).up().build();
        self.handle.link().set(up).execute().await.doing(doing)
    }
}
