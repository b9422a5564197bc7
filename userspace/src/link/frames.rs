//! Whether an interface's driver can send frames that a program of it gives back (`XDP_TX`).
//!
//! A veth says that it can, and loses them where its other end takes none: that end needs a program of its
//! own, or GRO switched on (drivers/net/veth.c, `veth_xdp_xmit`), and may be in somebody else's namespace.
//! So of a veth is asked whether frames may be sent *to* it, which it says of its other end.

use std::io;

use futures::TryStreamExt;
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkInfo, LinkMessage};

use super::{
    error::{Doing, LinkError},
    generic_netlink::{Family, NLM_F_REQUEST, attribute, find},
    handle::Link,
};

/// The request for what a device can, and its attributes (Documentation/netlink/specs/netdev.yaml).
const NETDEV_CMD_DEV_GET: u8 = 1;
const NETDEV_A_DEV_IFINDEX: u16 = 1;
const NETDEV_A_DEV_XDP_FEATURES: u16 = 3;
/// It runs programs, and sends what they give back.
const BASIC: u64 = 1;
/// It sends what other interfaces' programs redirect to it.
const NDO_XMIT: u64 = 4;

impl Link {
    /// Whether the driver of an interface can run programs that give frames back.
    ///
    /// # Errors
    /// Where the interface is gone.
    pub async fn sends_frames(&self, ifindex: u32) -> Result<bool, LinkError> {
        let needed = if self.is_veth(ifindex).await? { BASIC | NDO_XMIT } else { BASIC };
        let can = features(ifindex).doing(|| format!("look up what interface {ifindex} can"))?;
        Ok(can & needed == needed)
    }

    /// Whether frames may be sent to an interface as they come from a driver; of a veth's end it says whether the
    /// other end takes them.
    ///
    /// # Errors
    /// Where the interface is gone.
    pub fn takes_frames(&self, ifindex: u32) -> Result<bool, LinkError> {
        let can = features(ifindex).doing(|| format!("look up what interface {ifindex} can"))?;
        Ok(can & NDO_XMIT != 0)
    }

    /// Whether an interface is one end of a veth.
    ///
    /// # Errors
    /// Where it is gone.
    pub async fn is_veth(&self, ifindex: u32) -> Result<bool, LinkError> {
        let asked = self.handle.link().get().match_index(ifindex).execute().try_next().await;
        let found = asked.doing(|| format!("look up interface {ifindex} in {}", self.place))?;
        Ok(found.as_ref().is_some_and(is_of_kind_veth))
    }
}

fn is_of_kind_veth(message: &LinkMessage) -> bool {
    let veth = LinkInfo::Kind(InfoKind::Veth);
    message.attributes.iter().any(|a| matches!(a, LinkAttribute::LinkInfo(facts) if facts.contains(&veth)))
}

/// What an interface of the calling thread's namespace can; nothing where the kernel does not say.
fn features(ifindex: u32) -> io::Result<u64> {
    let Some(netdev) = Family::open("netdev")? else { return Ok(0) };
    let which = attribute(NETDEV_A_DEV_IFINDEX, &ifindex.to_ne_bytes());
    let answer = netdev.ask((NLM_F_REQUEST, NETDEV_CMD_DEV_GET), &which)?;
    Ok(find(&answer, NETDEV_A_DEV_XDP_FEATURES).unwrap_or_default())
}
