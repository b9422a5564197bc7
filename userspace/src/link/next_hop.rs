//! Where packets for another node go next, and the neighbour's MAC kept known by the kernel.

use std::net::{IpAddr, Ipv4Addr};

use futures::{StreamExt, TryStreamExt};
use rtnetlink::{
    Error as Netlink, RouteMessageBuilder,
    packet_core::{NLM_F_REQUEST, NetlinkMessage, NetlinkPayload},
    packet_route::{
        AddressFamily, RouteNetlinkMessage,
        neighbour::{
            NeighbourAddress, NeighbourAttribute, NeighbourExtFlags, NeighbourFlags, NeighbourMessage,
            NeighbourState,
        },
        route::RouteMessage,
    },
};

use super::{
    error::{Doing, LinkError},
    handle::{Link, ethernet},
    route::{Route, unicast},
};
use crate::{model::Mac, plan::NextHop};

/// A neighbour entry, as far as it matters here.
#[derive(Clone, Copy, Debug, Default)]
struct Neighbour {
    mac: Option<Mac>,
    /// An entry that an administrator pinned: it needs no resolution, and must not lose its state.
    pinned: bool,
    managed: bool,
}

impl Link {
    /// The next hop towards `vtep`. From the first call on the kernel keeps the neighbour resolved
    /// by itself (`NTF_EXT_MANAGED`, Linux 5.16; before that each call asks once, `NTF_USE`), so a
    /// MAC that is missing now arrives as a [`super::LinkEvent::Neighbour`].
    ///
    /// # Errors
    /// [`LinkError::NoRoute`] where no route leads there.
    pub async fn next_hop(&self, vtep: Ipv4Addr) -> Result<NextHop, LinkError> {
        let route = self.route_to(vtep).await?;
        let interface = self.by_index(route.ifindex).await?.ok_or(LinkError::NoRoute(vtep))?;
        let src_mac = interface.mac.ok_or(LinkError::UnderlayWithoutMac(interface.name))?;
        let hop = route.via.unwrap_or(vtep);
        let neighbour = self.neighbour(route.ifindex, hop).await?;
        if !neighbour.pinned && !neighbour.managed {
            self.keep_resolved(route.ifindex, hop).await?;
        }
        Ok(NextHop { ifindex: route.ifindex, src_mac, dst_mac: neighbour.mac })
    }

    async fn route_to(&self, vtep: Ipv4Addr) -> Result<Route, LinkError> {
        let asked = RouteMessageBuilder::<Ipv4Addr>::new().destination_prefix(vtep, 32).build();
        let answer = self.handle.route().get(asked).execute().try_next().await;
        let answer: Result<Option<RouteMessage>, _> = answer.doing(|| format!("find the route to {vtep}"));
        let unreachable = [libc::ENETUNREACH, libc::EHOSTUNREACH, libc::EACCES, libc::EINVAL];
        match answer {
            Err(no) if no.errno().is_some_and(|e| unreachable.contains(&e)) => Err(LinkError::NoRoute(vtep)),
            other => other?.as_ref().and_then(unicast).ok_or(LinkError::NoRoute(vtep)),
        }
    }

    /// One neighbour entry; the library can only dump all of them.
    async fn neighbour(&self, ifindex: u32, addr: Ipv4Addr) -> Result<Neighbour, LinkError> {
        let mut asked = NeighbourMessage::default();
        asked.header.family = AddressFamily::Inet;
        asked.header.ifindex = ifindex;
        asked.attributes.push(NeighbourAttribute::Destination(NeighbourAddress::Inet(addr)));
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::GetNeighbour(asked));
        request.header.flags = NLM_F_REQUEST;
        let action = || format!("look up neighbour {addr}");
        let answer = self.handle.clone().request(request).doing(action)?.next().await;
        match answer.map(|message| message.payload) {
            Some(NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewNeighbour(entry))) => {
                Ok((&entry).into())
            }
            Some(NetlinkPayload::Error(no)) if no.raw_code() != -libc::ENOENT => {
                Err(Netlink::NetlinkError(no)).doing(action)
            }
            _ => Ok(Neighbour::default()),
        }
    }

    async fn keep_resolved(&self, ifindex: u32, addr: Ipv4Addr) -> Result<(), LinkError> {
        let entry = || {
            let entry = self.handle.neighbours().add(ifindex, IpAddr::V4(addr));
            entry.replace().state(NeighbourState::None)
        };
        let mut managed = entry();
        let flags = NeighbourAttribute::ExtFlags(NeighbourExtFlags::Managed);
        managed.message_mut().attributes.push(flags);
        if managed.execute().await.is_ok() {
            return Ok(());
        }
        let used = entry().flags(NeighbourFlags::Use);
        used.execute().await.doing(|| format!("resolve neighbour {addr}"))
    }
}

impl From<&NeighbourMessage> for Neighbour {
    fn from(message: &NeighbourMessage) -> Self {
        let state = message.header.state;
        let mut neighbour = Self {
            pinned: matches!(state, NeighbourState::Permanent | NeighbourState::Noarp),
            ..Self::default()
        };
        for attribute in &message.attributes {
            match attribute {
                NeighbourAttribute::LinkLayerAddress(bytes) if is_valid(state) => {
                    neighbour.mac = ethernet(bytes);
                }
                NeighbourAttribute::ExtFlags(f) => neighbour.managed = f.contains(NeighbourExtFlags::Managed),
                _ => {}
            }
        }
        neighbour
    }
}

/// The states in which the kernel itself would send to the entry's MAC (NUD_VALID).
pub(super) fn is_valid(state: NeighbourState) -> bool {
    !matches!(state, NeighbourState::Incomplete | NeighbourState::Failed | NeighbourState::None)
}
