//! XDP rows: what comes from outside.

use causeway::plan::{SourcePrefix, Step};
use causeway_common::{
    Counter, Ingress, MESH_VNI, Mac, Settings,
    service::{ACTIVE, DRAINING},
};
use causeway_tests::dataplane::{
    ingress::{self, AWAY, CHOSEN, CUT, EMPTY, MOVED, NEAR, PLACED, PLACES, rings},
    local::{self, CLIENT, NODE, OTHER, ROUTER_MAC, UNWELCOME, WEB},
    packets::{ip, outer_ip, to_node_1, vxlan, who_has},
    services,
    translated::{ACK, At, Kind, RST, SYN, carrying, packet, under},
    world::{FAR, FAR_MAC, FAR_ROUTED, FAR_VTEP, NEIGHBOUR, NOBODY, PORT, UNRESOLVED, UPLINK_MAC, VTEP, mac},
};
use etherparse::{IpEcn, IpFragOffset, Ipv4Header, Ipv4Options};

use super::WireRow;
use crate::inward::{IN, came};

/// A backend's flags that are neither [`ACTIVE`] nor [`DRAINING`], and not none at all.
const LEFT: u16 = !(ACTIVE | DRAINING);

/// The client's end.
pub(super) const THERE: At = (CLIENT, 6000);
/// The wire's other end, which is no uplink.
pub(super) const ELSEWHERE: u32 = 81;

pub(super) fn rows() -> Vec<WireRow> {
    [travels(), stays_with_its_backend(), needs_more(), not_plain(), not_ours(), unsettled()]
        .into_iter()
        .flatten()
        .collect()
}

/// From the client to a port of this node.
fn asks(kind: Kind, port: u16) -> Vec<u8> {
    came(kind, THERE, (NODE, port))
}

/// A frame as it travels to a backend on node 1.
fn to(backend: [u8; 4], frame: &[u8]) -> Vec<u8> {
    let mut inner = frame.to_vec();
    inner[..6].copy_from_slice(&mac(backend));
    inner[6..12].copy_from_slice(&mac(backend));
    to_node_1(MESH_VNI, &inner)
}

fn leaves(sentence: &'static str, frame: Vec<u8>) -> WireRow {
    let after = to(FAR, &frame);
    WireRow::leaves(sentence, frame, Counter::ToMesh, after)
}

fn passes(sentence: &'static str, frame: Vec<u8>) -> WireRow {
    WireRow::passes(sentence, frame)
}

/// The frame with some bytes changed.
fn with<const N: usize>(mut frame: Vec<u8>, at: usize, bytes: [u8; N]) -> Vec<u8> {
    frame[at..at + N].copy_from_slice(&bytes);
    frame
}

/// A packet for a port, of so many bytes.
fn sized(kind: Kind, bytes: usize) -> Vec<u8> {
    let headers = if matches!(kind, Kind::Udp) { 28 } else { 40 };
    carrying(kind, IN, ip(CLIENT, NODE), (THERE.1, AWAY), &vec![7; bytes - headers])
}

/// The port's service with something changed, its backend FAR.
fn away(change: Ingress) -> Step {
    ingress::put(CHOSEN, Ingress { sources: change.sources, flags: change.flags, ..ingress::of(2) })
}

fn underlay(mtu: u16) -> Step {
    Step::PutSettings(Settings { mtu, ..ingress::settings() })
}

fn travels() -> Vec<WireRow> {
    let padded = [asks(SYN, AWAY), vec![0; 9]].concat();
    let listed = Ingress { sources: 1, ..Ingress::default() };
    let here = Step::PutSource(SourcePrefix { list: PLACES, addr: NODE, len: 32 });
    let (jumbo, larger) = (sized(ACK, 8000), sized(Kind::Udp, 8900));
    vec![
        leaves(
            "XDP_TX: a connection to a port of the mesh travels as it is to its backend's node",
            asks(SYN, AWAY),
        ),
        leaves("XDP_TX: so does a datagram", asks(Kind::Udp, AWAY)),
        leaves("XDP_TX: so does one without checksum", asks(Kind::UdpUnchecked, AWAY)),
        leaves("XDP_TX: so does the middle of a connection", asks(ACK, AWAY)),
        leaves("XDP_TX: so does its end", asks(Kind::Tcp(17), AWAY)),
        leaves("XDP_TX: so does its reset", asks(RST, AWAY)),
        leaves("XDP_TX: so does a short frame with what fills it up", padded),
        leaves("XDP_TX: so does what just fits", sized(ACK, 1450)),
        leaves("XDP_TX: so does what fits a large underlay, in several buffers", jumbo)
            .after([underlay(9000)]),
        leaves("XDP_TX: so does the largest datagram there", larger).after([underlay(9000)]),
        leaves("XDP_TX: a port is open to a source in its list", asks(SYN, CHOSEN)).after([away(listed)]),
        leaves("XDP_TX: a port is published at this node's address", asks(SYN, PLACED)).after([here]),
        congested(),
    ]
}

/// RFC 6040 §4.1.
fn congested() -> WireRow {
    let header = Ipv4Header { ecn: IpEcn::THREE, ..ip(CLIENT, NODE) };
    let frame = under(SYN, IN, header, (THERE.1, AWAY));
    let mut inner = frame.clone();
    inner[..6].copy_from_slice(&mac(FAR));
    inner[6..12].copy_from_slice(&mac(FAR));
    let outer = Ipv4Header { ecn: IpEcn::THREE, ..outer_ip(VTEP, FAR_VTEP) };
    let after = vxlan((FAR_MAC, UPLINK_MAC), &outer, PORT, MESH_VNI, &inner);
    WireRow::leaves(
        "XDP_TX: congestion met before is told to who carries it on",
        frame,
        Counter::ToMesh,
        after,
    )
}

/// The second packet goes where the first went, by whichever program.
fn stays_with_its_backend() -> Vec<WireRow> {
    let second = asks(ACK, AWAY);
    vec![
        leaves("XDP_TX: what follows a packet that TCX has carried goes the same way", second)
            .given(asks(SYN, AWAY)),
    ]
}

/// What needs an skb, or an answer.
fn needs_more() -> Vec<WireRow> {
    let unresolved = [services::backend(6, UNRESOLVED, ACTIVE), Step::PutRing(6 * 32, [6; 32].into())];
    let unresolved = unresolved.into_iter().chain([ingress::put(AWAY, ingress::of(6))]);
    let listed = Ingress { sources: 1, ..Ingress::default() };
    vec![
        passes("XDP_PASS: a backend on this node", asks(SYN, NEAR)),
        passes("XDP_PASS: no live backend", asks(SYN, EMPTY)),
        passes("XDP_PASS: a ring that names another service's backend", asks(SYN, AWAY))
            .after([ingress::put(AWAY, Ingress { number: 99, ..ingress::of(2) })]),
        passes("XDP_PASS: a ring that names who neither serves nor drains", asks(SYN, AWAY))
            .after([services::backend(2, FAR, LEFT)]),
        passes("XDP_PASS: a backend on a node that is not known", asks(SYN, CUT)),
        passes("XDP_PASS: a backend on a node whose next hop has yet to be found", asks(SYN, AWAY))
            .after(unresolved),
        passes("XDP_PASS: a node behind another interface", asks(SYN, AWAY)).on(ELSEWHERE),
        passes("XDP_PASS: a port that is published at another address alone", asks(SYN, PLACED)),
        passes("XDP_PASS: a source that is not in the list", came(SYN, (UNWELCOME, 6000), (NODE, CHOSEN)))
            .after([away(listed)]),
        passes("XDP_PASS: a packet whose hops end here", packet(SYN, IN, THERE, (NODE, AWAY), 1)),
        passes("XDP_PASS: a packet that does not fit into the mesh", sized(ACK, 1451)),
        passes("XDP_PASS: a datagram that does not", sized(Kind::Udp, 1451)),
        passes("XDP_PASS: one that does not fit a large underlay", sized(ACK, 8951)).after([underlay(9000)]),
        passes("XDP_PASS: the underlay's MTU is not known", asks(SYN, AWAY)).after([underlay(0)]),
        passes("XDP_PASS: a TCP checksum that is left to hardware", unfinished(asks(SYN, AWAY), 50)),
        passes("XDP_PASS: a UDP checksum that is", unfinished(asks(Kind::Udp, AWAY), 40)),
    ]
}

/// The frame with the sum of its pseudo-header (RFC 9293 §3.1) where its checksum is.
pub(super) fn unfinished(frame: Vec<u8>, at: usize) -> Vec<u8> {
    let word = |at: usize| u32::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
    let mut sum = (26..34).step_by(2).map(word).sum::<u32>() + u32::from(frame[23]) + word(16) - 20;
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    let sum = u16::try_from(sum).expect("folded");
    with(frame, at, sum.to_be_bytes())
}

/// What is not a whole, sound packet of TCP or UDP in one plain frame.
fn not_plain() -> Vec<WireRow> {
    let under = |header: Ipv4Header| under(SYN, IN, header, (THERE.1, AWAY));
    let plain = ip(CLIENT, NODE);
    let first = Ipv4Header { more_fragments: true, ..plain.clone() };
    let later = Ipv4Header { fragment_offset: IpFragOffset::try_new(8).unwrap_or_default(), ..plain.clone() };
    let options = Ipv4Header { options: Ipv4Options::from([1; 4]), ..plain };
    let frame = asks(SYN, AWAY);
    let tag = [&frame[..12], &[0x81, 0, 0, 7], &frame[12..]].concat();
    let short = 20 + 19_u16;
    vec![
        passes("XDP_PASS: a first fragment", under(first)),
        passes("XDP_PASS: a later fragment", under(later)),
        passes("XDP_PASS: IP options", under(options)),
        passes("XDP_PASS: a VLAN's tag", tag),
        passes("XDP_PASS: an echo", came(Kind::Echo, THERE, (NODE, AWAY))),
        passes("XDP_PASS: another protocol", with(frame.clone(), 23, [132])),
        passes("XDP_PASS: IPv6", with(frame.clone(), 12, [0x86, 0xdd])),
        passes("XDP_PASS: ARP", who_has(NOBODY)),
        passes("XDP_PASS: a frame that ends in its TCP header", frame[..53].to_vec()),
        passes("XDP_PASS: a frame that ends before its packet does", frame[..frame.len() - 1].to_vec()),
        passes(
            "XDP_PASS: a packet that ends in its TCP header",
            with(frame.clone(), 16, short.to_be_bytes()),
        ),
        passes("XDP_PASS: a datagram that ends in its header", with(asks(Kind::Udp, AWAY), 16, [0, 27])),
        passes("XDP_PASS: nothing but an Ethernet header", frame[..14].to_vec()),
    ]
}

fn not_ours() -> Vec<WireRow> {
    let closed = Settings { flags: 0, ..ingress::settings() };
    let masquerades = Settings { first_port: AWAY, ports: 1, ..ingress::settings() };
    let neighbours: (Mac, Mac) = (mac(NEIGHBOUR), ROUTER_MAC);
    vec![
        passes("XDP_PASS: a port that nobody publishes", asks(SYN, 22)),
        passes("XDP_PASS: a port that a container of this node has published", asks(SYN, WEB)),
        passes("XDP_PASS: a port of the other protocol", asks(Kind::Udp, CUT)),
        passes("XDP_PASS: another address of the host", came(SYN, THERE, (OTHER, AWAY))),
        passes("XDP_PASS: somebody else's address", came(SYN, THERE, ([198, 51, 100, 77], AWAY))),
        passes("XDP_PASS: somebody else's MAC", packet(SYN, neighbours, THERE, (NODE, AWAY), 64)),
        passes("XDP_PASS: an answer to one of this node's containers", asks(SYN, AWAY))
            .after([Step::PutSettings(masquerades)]),
        passes("XDP_PASS: the settings know of no port of the mesh", asks(SYN, AWAY))
            .after([Step::PutSettings(closed)]),
        passes("XDP_PASS: there is no host road", asks(SYN, NEAR))
            .after([Step::PutSettings(Settings { host_ifindex: 0, ..local::settings() })]),
    ]
}

/// While rings are not settled only what has to be noted nowhere. Each from a port of its own: what is noted
/// of one says nothing of another.
fn unsettled() -> Vec<WireRow> {
    let (one, other) = (Some((FAR, ACTIVE)), Some((FAR_ROUTED, ACTIVE)));
    let drains = Some((FAR_ROUTED, DRAINING));
    let asks = |kind, port| came(kind, (CLIENT, port), (NODE, MOVED));
    let followed = |sentence, backend, frame: Vec<u8>| {
        let after = to(backend, &frame);
        WireRow::leaves(sentence, frame, Counter::ToMesh, after)
    };
    vec![
        followed("XDP_TX: rings that agree", FAR, asks(ACK, 7001)).after(rings(one, one, 0)),
        followed("XDP_TX: a connection that was noted as the current ring's", FAR, asks(ACK, 7002))
            .after(rings(one, other, 0))
            .given(asks(SYN, 7002)),
        followed("XDP_TX: one that was noted as the ring's before", FAR_ROUTED, asks(ACK, 7003))
            .after(rings(one, drains, 0))
            .given(asks(ACK, 7003)),
        passes("XDP_PASS: a connection that begins while rings differ", asks(SYN, 7004))
            .after(rings(one, other, 0)),
        passes("XDP_PASS: one whose backend has to be asked", asks(ACK, 7005)).after(rings(one, other, 0)),
    ]
}
