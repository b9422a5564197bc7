//! A client's packet for a port of the mesh, for a backend on another node: on its way there as it is.
//!
//! ```text
//!  TCP or UDP for this node's own address
//!     | a port of the mesh, open to the client; and not one that this node's containers go out under
//!     | sound, its checksum is finished, has hops left, fits with the outer headers
//!     | its backend is known, and nothing has to be noted for it
//!     | the way to its node is known, and it is back where the packet came in
//!     '--- outer headers on -----> out
//! ```

use causeway_common::{Backend, Counter, Endpoint, FlowKeyV4, MESH_VNI, Node, Settings, node, settings};
use network_types::ip::Ipv4Hdr;

use super::{back, lost, outermost};
use crate::{
    helpers::frame::Frame,
    maps,
    steps::{
        encap, ingress,
        masquerade::{self, Range},
        mesh, transit,
    },
    wire::{
        ETHERNET_LEN, EncapsulatedFrame, Ethernet, IpHeader, OUTER_LEN, TCP, TcpFrame, TransportFrame,
        mac_words,
    },
};

/// What is carried on.
struct Packet {
    /// Bytes of its frame.
    len: u32,
    /// The MAC that it was sent to ([`mac_words`]).
    to: (u32, u16),
    /// ECN bits of its IP header.
    ecn: u8,
}

/// Where it goes.
struct Way<'a> {
    backend: &'a Backend,
    node: &'a Node,
    settings: &'a Settings,
}

/// The verdict for a whole packet that is not VXLAN for this node, where it is carried on at once. The tuple comes by
/// value, and nobody is given its address: so it stays in registers.
#[inline(always)]
pub(super) fn road(frame: &mut Frame, key: FlowKeyV4) -> Option<u32> {
    let wanted = ingress::asked(&key);
    let settings = maps::settings().filter(|settings| settings.flags & settings::INGRESS != 0)?;
    if key.dst != maps::vtep() {
        return None;
    }
    let of = maps::ingress_of_port(&wanted).filter(|of| maps::is_published_at(of, key.dst))?;
    if (Range { first: settings.first_port, count: settings.ports }).contains(key.dst_port) {
        return None;
    }
    if of.sources != 0 && !maps::is_listed_v4(of.sources, key.src) {
        return None;
    }
    let packet = checked(frame, key.protocol, settings)?;
    let hash = masquerade::hash(&key);
    let backend = maps::ingress::known(of, key, hash, || opens(frame, key.protocol))?.backend;
    let node = maps::node(backend.node).filter(|node| node.flags & node::RESOLVED != 0)?;
    if node.ifindex != frame.ifindex() || packet.to != mac_words(&node.outer.eth_src) {
        return None;
    }
    frame.make_room()?;
    let way = Way { backend, node, settings };
    Some(out(frame, &way, &packet, hash).unwrap_or_else(lost))
}

/// Whether it begins a connection; asked of what has been checked, and where rings change alone.
#[inline(always)]
fn opens(frame: &mut Frame, protocol: u8) -> bool {
    protocol == TCP && frame.view::<TcpFrame>().is_some_and(|packet| ingress::opens(packet.tcp.flags))
}

/// The packet, where it may pass as it is. That it has no IP options is known: it has a tuple.
#[inline(always)]
fn checked(frame: &mut Frame, protocol: u8, settings: &Settings) -> Option<Packet> {
    let (linear, outermost, packet) = if protocol == TCP {
        let (packet, linear) = frame.view_of_linear::<TcpFrame>()?;
        if !transit::tcp(packet) {
            return None;
        }
        (linear, outermost(&packet.ip), said(&packet.eth, &packet.ip)?)
    } else {
        let (packet, linear) = frame.view_of_linear::<TransportFrame>()?;
        if !transit::udp(packet) {
            return None;
        }
        (linear, outermost(&packet.ip), said(&packet.eth, &packet.ip)?)
    };
    let len = frame.len(linear, outermost);
    let fits = len + OUTER_LEN <= u32::from(settings.mtu) + ETHERNET_LEN;
    (fits && outermost <= len).then_some(Packet { len, ..packet })
}

/// What headers say of a packet that has hops left.
#[inline(always)]
fn said(eth: &Ethernet, ip: &Ipv4Hdr) -> Option<Packet> {
    (ip.hops_left() > 1).then_some(Packet { len: 0, to: mac_words(&eth.dst), ecn: ip.ecn() })
}

/// Into the mesh, back out where it came in.
#[inline(always)]
fn out(frame: &mut Frame, way: &Way<'_>, packet: &Packet, hash: u32) -> Option<u32> {
    let Way { backend, node, settings } = *way;
    let to = Endpoint { mac: backend.mac, vni: MESH_VNI, ..Endpoint::default() };
    let source_mac = &mesh::naming(backend.addr);
    let inner = encap::Inner { to: &to, source_mac, ecn: packet.ecn, hash };
    encap::write(frame.view::<EncapsulatedFrame>()?, node, &inner, packet.len + OUTER_LEN);
    maps::count(Counter::ToMesh);
    Some(back(frame, settings))
}
