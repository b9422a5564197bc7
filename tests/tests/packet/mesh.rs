//! Rows: what processes of nodes send to services by the mesh, and the answers.

use causeway::{kernel::Hook, plan::Step};
use causeway_common::{Backend, Counter, DropReason, Ipv4, MESH_VNI, Mac, Road};
use causeway_tests::dataplane::{
    local::{HOST_MAC, NODE},
    packets::{from_node_1, ip, outer_ip, to_node_1, vxlan},
    services::{self, HERE, NOBODYS, OWN, THERE, UNKNOWN},
    translated::{ACK, At, Kind, RST, SYN, SYN_ACK, expired, frame, packet, under},
    world::{
        FAR, FAR_MAC, FAR_ROUTED, FAR_VTEP, GATEWAY, NEIGHBOUR, NOBODY, PORT, SENDER, UPLINK_MAC, VNI, VTEP,
        mac,
    },
};
use etherparse::{IpEcn, IpNumber, Ipv4Header};

use crate::{outward::to_gateway, row::Row};

/// The port of the node's process.
const CLIENT: u16 = 4000;
const ROAD: (Mac, Mac) = ([2, 0, 0, 0, 0, 0x51], HOST_MAC);

fn row(hook: Hook, sentence: &'static str, packet: Vec<u8>) -> Row {
    Row::new(hook, sentence, packet).services()
}

pub(crate) fn rows() -> Vec<Row> {
    [sent(), chosen_again(), not_sent(), received(), not_received(), answered(), home()]
        .into_iter()
        .flatten()
        .collect()
}

/// From this node's process to a service.
fn asks(kind: Kind, vip: Ipv4) -> Vec<u8> {
    packet(kind, ROAD, (NODE, CLIENT), (vip, 80), 64)
}

/// The same in the mesh, on its way to a backend.
fn away(kind: Kind, vip: Ipv4, backend: Ipv4) -> Vec<u8> {
    let inner = packet(kind, (mac(backend), mac(backend)), (NODE, CLIENT), (vip, 80), 64);
    to_node_1(MESH_VNI, &inner)
}

fn sent() -> Vec<Row> {
    let away_to = |sentence, kind| {
        row(Hook::FromHost, sentence, asks(kind, THERE))
            .encapsulates_as(Counter::ToMesh, away(kind, THERE, FAR))
    };
    let here = packet(SYN, (mac(NEIGHBOUR), mac(GATEWAY)), (NODE, CLIENT), (NEIGHBOUR, 80), 63);
    let back = packet(Kind::EchoReply, (ROAD.1, ROAD.0), (THERE, CLIENT), (NODE, CLIENT), 64);
    let echo = packet(Kind::Echo, ROAD, (NODE, CLIENT), (THERE, CLIENT), 64);
    vec![
        away_to("the host's connection to a service travels to its node as it is", SYN),
        away_to("so does its datagram", Kind::Udp),
        away_to("so does the middle of a connection that nobody remembers", ACK),
        away_to("its second packet goes where the first went", ACK).given(Hook::FromHost, asks(SYN, THERE)),
        row(Hook::FromHost, "a backend that has come to this node is reached here", asks(SYN, HERE))
            .redirects(Counter::FromMesh, here),
        row(Hook::FromHost, "an echo of the host's for a service is answered on the spot", echo)
            .redirects(Counter::EchoReply, back),
    ]
}

/// The backend in slot 2 is gone, and another one on node 1 is in its ring.
fn replaced() -> Vec<Step> {
    let mut steps = vec![services::backend(7, FAR_ROUTED, 1), Step::PutBackend(2, Backend::default())];
    steps.extend(services::ring(THERE, VNI, 7));
    steps
}

/// The ring leads elsewhere, and who was there before is live.
fn moved() -> Vec<Step> {
    let mut steps = vec![services::backend(7, FAR_ROUTED, 1)];
    steps.extend(services::ring(THERE, VNI, 7));
    steps
}

fn chosen_again() -> Vec<Row> {
    let after = |sentence, kind| {
        row(Hook::FromHost, sentence, asks(kind, THERE)).given(Hook::FromHost, asks(kind, THERE))
    };
    vec![
        after("the host's conversation stays with its backend when the ring changes", SYN)
            .then(moved())
            .encapsulates_as(Counter::ToMesh, away(SYN, THERE, FAR)),
        after("the host's connection with a backend that is gone is over", SYN)
            .then(replaced())
            .drops(DropReason::NoBackend),
        after("its datagram goes to another one", Kind::Udp)
            .then(replaced())
            .encapsulates_as(Counter::ToMesh, away(Kind::Udp, THERE, FAR_ROUTED)),
    ]
}

fn not_sent() -> Vec<Row> {
    let foreign = packet(SYN, ROAD, (GATEWAY, CLIENT), (THERE, 80), 64);
    let first = under(Kind::Udp, ROAD, Ipv4Header { more_fragments: true, ..ip(NODE, THERE) }, (CLIENT, 80));
    let tunnel = frame(ROAD, Ipv4Header { protocol: IpNumber(47), ..ip(NODE, THERE) }, &[7; 8]);
    let host = |sentence, packet| row(Hook::FromHost, sentence, packet);
    vec![
        host("a service without live backend has none for the host", asks(SYN, NOBODYS))
            .drops(DropReason::NoBackend),
        host("an address without service is nobody's to the host", asks(SYN, UNKNOWN))
            .drops(DropReason::NoEndpoint),
        host("what does not come from the node's own address does not go to services", foreign)
            .drops(DropReason::Isolated),
        host("the host's fragments do not go to services", first).drops(DropReason::Fragment),
        host("nor does what has no ports", tunnel).drops(DropReason::Untranslatable),
        host("the host's reset begins no conversation", asks(RST, THERE)).drops(DropReason::NoFlow),
        host("without its program the host reaches no service", asks(SYN, THERE))
            .without(Road::HostToService)
            .drops(DropReason::NoProgram),
    ]
}

/// From node 1's process to a service whose backend is named.
fn inner(kind: Kind, vip: Ipv4, backend: Ipv4) -> Vec<u8> {
    packet(kind, (mac(backend), mac(backend)), (FAR_VTEP, CLIENT), (vip, 80), 64)
}

/// The same as it comes in.
fn came(kind: Kind, vip: Ipv4, backend: Ipv4) -> Vec<u8> {
    from_node_1(MESH_VNI, &inner(kind, vip, backend))
}

/// What the backend gets of it.
fn got(kind: Kind, backend: Ipv4) -> Vec<u8> {
    packet(kind, (mac(backend), mac(GATEWAY)), (FAR_VTEP, CLIENT), (backend, 80), 63)
}

fn received() -> Vec<Row> {
    let takes = |sentence, kind| {
        row(Hook::FromUplink, sentence, came(kind, HERE, NEIGHBOUR))
            .redirects(Counter::FromMesh, got(kind, NEIGHBOUR))
    };
    vec![
        takes("a backend sees the process of another node that connects to its service", SYN),
        takes("so it does when that sends a datagram", Kind::Udp),
        takes("or one without checksum", Kind::UdpUnchecked),
        takes("the second packet by the mesh goes where the first went", ACK)
            .given(Hook::FromUplink, came(SYN, HERE, NEIGHBOUR)),
        row(Hook::FromUplink, "who is named now gets it", came(Kind::Udp, HERE, SENDER))
            .given(Hook::FromUplink, came(Kind::Udp, HERE, NEIGHBOUR))
            .redirects(Counter::FromMesh, got(Kind::Udp, SENDER)),
    ]
}

fn not_received() -> Vec<Row> {
    let drops = |sentence, inner: &[u8], reason| {
        row(Hook::FromUplink, sentence, from_node_1(MESH_VNI, inner)).becomes(inner).drops(reason)
    };
    let between = |from: At, to: At| packet(SYN, (mac(NEIGHBOUR), mac(NEIGHBOUR)), from, to, 64);
    let mut other_mac = inner(SYN, HERE, NEIGHBOUR);
    other_mac[..6].copy_from_slice(&mac(SENDER));
    let first = Ipv4Header { more_fragments: true, ..ip(FAR_VTEP, HERE) };
    let fragment = under(Kind::Udp, (mac(NEIGHBOUR), mac(NEIGHBOUR)), first, (CLIENT, 80));
    let met = Ipv4Header { ecn: IpEcn::THREE, ..outer_ip(FAR_VTEP, VTEP) };
    let congested = vxlan((UPLINK_MAC, FAR_MAC), &met, PORT, MESH_VNI, &inner(SYN, HERE, NEIGHBOUR));
    vec![
        drops("a backend elsewhere is not reached here", &inner(SYN, THERE, FAR), DropReason::NoBackend),
        drops("a backend that is gone is not reached", &inner(SYN, HERE, NOBODY), DropReason::NoBackend),
        drops("nor is one by another's MAC", &other_mac, DropReason::NoBackend),
        drops("nor a service that is not known", &inner(SYN, UNKNOWN, NEIGHBOUR), DropReason::NoEndpoint),
        drops(
            "a node's process speaks under its node's address",
            &between((NODE, CLIENT), (HERE, 80)),
            DropReason::NotOurs,
        ),
        drops(
            "the mesh leads to services, and not to containers",
            &between((FAR_VTEP, CLIENT), (NEIGHBOUR, 80)),
            DropReason::NotOurs,
        ),
        drops(
            "only a service answers this node's process",
            &between((FAR, 80), (NODE, CLIENT)),
            DropReason::NotOurs,
        ),
        drops("a fragment that came by the mesh is dropped", &fragment, DropReason::Fragment),
        row(Hook::FromUplink, "congestion that the mesh met drops what cannot tell of it", congested)
            .drops(DropReason::EcnNotCapable),
        row(Hook::FromUplink, "without its program the mesh is no network", came(SYN, HERE, NEIGHBOUR))
            .without(Road::FromMesh)
            .drops(DropReason::UnknownVni),
    ]
}

fn answered() -> Vec<Row> {
    let answer = |hops| packet(SYN_ACK, to_gateway(), (SENDER, 80), (FAR_VTEP, CLIENT), hops);
    let back = packet(SYN_ACK, (mac(FAR_VTEP), mac(GATEWAY)), (OWN, 80), (FAR_VTEP, CLIENT), 63);
    let here = packet(SYN_ACK, to_gateway(), (SENDER, 80), (NODE, CLIENT), 64);
    let home = packet(SYN_ACK, (HOST_MAC, mac(GATEWAY)), (OWN, 80), (NODE, CLIENT), 63);
    let row = |sentence, packet| {
        row(Hook::FromContainer, sentence, packet).given(Hook::FromUplink, came(SYN, OWN, SENDER))
    };
    vec![
        row("a backend's answer to a node's process comes from its service", answer(64))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
        row("what names no backend has not ended the conversation", answer(64))
            .refused(Hook::FromUplink, came(ACK, OWN, NOBODY))
            .encapsulates_as(Counter::ToMesh, to_node_1(MESH_VNI, &back)),
        row("so it does to a process of this node", here)
            .given(Hook::FromHost, asks(SYN, OWN))
            .redirects(Counter::FromMesh, home),
        row("a backend whose answer's hops ran out is told", answer(1)).comes_back_expired(expired(
            (mac(SENDER), mac(GATEWAY)),
            GATEWAY,
            SENDER,
            &answer(1),
        )),
        row("there is no way back to a node that is gone", answer(64))
            .then([Step::DeleteVtep(FAR_VTEP)])
            .becomes(&packet(SYN_ACK, ([0; 6], [0; 6]), (OWN, 80), (FAR_VTEP, CLIENT), 63))
            .drops(DropReason::NoNode),
        row("without its program nobody answers a node's process", answer(64))
            .without(Road::ToMesh)
            .drops(DropReason::NoProgram),
    ]
}

fn home() -> Vec<Row> {
    let answer = packet(SYN_ACK, (mac(NODE), mac(GATEWAY)), (THERE, 80), (NODE, CLIENT), 63);
    let mut heard = answer.clone();
    heard[..6].copy_from_slice(&HOST_MAC);
    vec![
        row(Hook::FromUplink, "a service's answer reaches the host", from_node_1(MESH_VNI, &answer))
            .given(Hook::FromHost, asks(SYN, THERE))
            .redirects(Counter::FromMesh, heard.clone()),
        row(Hook::FromUplink, "so does one whose question is forgotten", from_node_1(MESH_VNI, &answer))
            .redirects(Counter::FromMesh, heard),
    ]
}
