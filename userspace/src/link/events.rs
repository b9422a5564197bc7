//! What changes on the host's network, as it happens.

use std::net::Ipv4Addr;

use futures::{Stream, StreamExt};
use rtnetlink::{
    MulticastGroup, new_multicast_connection,
    packet_core::{NetlinkMessage, NetlinkPayload},
    packet_route::{
        RouteNetlinkMessage,
        neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage},
    },
};

use super::{
    error::{Doing, LinkError},
    handle::{Interface, ethernet},
    next_hop::is_valid,
};
use crate::model::Mac;

/// A change on the host's network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// A neighbour was resolved, moved, or is no longer known (`mac` none).
    Neighbour {
        /// The interface that it is seen on.
        ifindex: u32,
        /// Its address.
        addr: Ipv4Addr,
        /// Its MAC, where the kernel would send to it.
        mac: Option<Mac>,
    },
    /// An interface was added or changed.
    Link(Interface),
    /// An interface is gone.
    LinkGone {
        /// Its index.
        ifindex: u32,
        /// Its name.
        name: String,
    },
    /// An interface gained or lost an IPv4 address.
    Addresses {
        /// The interface.
        ifindex: u32,
    },
    /// An IPv4 route was added, changed or removed.
    Routes,
    /// The kernel had more to say than the socket could hold: read everything again.
    Overrun,
}

const GROUPS: [MulticastGroup; 4] =
    [MulticastGroup::Link, MulticastGroup::Neigh, MulticastGroup::Ipv4Ifaddr, MulticastGroup::Ipv4Route];

/// The changes in the calling thread's namespace from now on, without an end.
///
/// # Errors
/// Where no socket can be opened.
pub fn events() -> Result<impl Stream<Item = LinkEvent> + Send + Unpin + use<>, LinkError> {
    let opened = new_multicast_connection(&GROUPS).doing(|| "listen for changes on netlink")?;
    let (connection, handle, messages) = opened;
    tokio::spawn(connection);
    Ok(messages.filter_map(move |(message, _)| {
        // The connection ends with its last handle.
        let _keep = &handle;
        std::future::ready(event(&message))
    }))
}

fn event(message: &NetlinkMessage<RouteNetlinkMessage>) -> Option<LinkEvent> {
    let inner = match &message.payload {
        NetlinkPayload::Overrun(_) => return Some(LinkEvent::Overrun),
        NetlinkPayload::InnerMessage(inner) => inner,
        _ => return None,
    };
    match inner {
        RouteNetlinkMessage::NewNeighbour(entry) => neighbour(entry, is_valid(entry.header.state)),
        RouteNetlinkMessage::DelNeighbour(entry) => neighbour(entry, false),
        RouteNetlinkMessage::NewLink(link) => Some(LinkEvent::Link(link.into())),
        RouteNetlinkMessage::DelLink(link) => {
            let Interface { ifindex, name, .. } = link.into();
            Some(LinkEvent::LinkGone { ifindex, name })
        }
        RouteNetlinkMessage::NewAddress(address) | RouteNetlinkMessage::DelAddress(address) => {
            Some(LinkEvent::Addresses { ifindex: address.header.index })
        }
        RouteNetlinkMessage::NewRoute(_) | RouteNetlinkMessage::DelRoute(_) => Some(LinkEvent::Routes),
        _ => None,
    }
}

fn neighbour(entry: &NeighbourMessage, valid: bool) -> Option<LinkEvent> {
    let (mut addr, mut mac) = (None, None);
    for attribute in &entry.attributes {
        match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(a)) => addr = Some(*a),
            NeighbourAttribute::LinkLayerAddress(bytes) if valid => mac = ethernet(bytes),
            _ => {}
        }
    }
    Some(LinkEvent::Neighbour { ifindex: entry.header.ifindex, addr: addr?, mac })
}
