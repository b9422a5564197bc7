//! Two containers of one node: ours, and on a bridge as Docker's.

use anyhow::Result;
use causeway_lab::{Lab, Netns, Store, ip::ip};

use super::{
    Setting,
    ends::Kind,
    goals::BRIDGE,
    measured::{Findings, OURS},
    overlay,
    rig::{self, Road},
    rounds::Figure,
};

const PING_PONG: &[Figure] =
    &[("same node TCP ping-pong", "1/s"), ("same node TCP round trip, median", "us")];
const DATAGRAMS: &[Figure] =
    &[("same node UDP ping-pong", "1/s"), ("same node UDP round trip, median", "us")];
const CONNECTIONS: &[Figure] = &[("same node connect-request-close", "1/s")];
const STREAM: &[Figure] = &[("same node TCP 1 flow", "Gbit/s")];

/// Measures both.
///
/// # Errors
/// If a node cannot be built or a road breaks.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let roads = [ours(setting)?, bridge()?];
    let answered = [Kind::PingPong, Kind::Datagrams];
    let _servers: Vec<_> =
        roads.iter().map(|road| road.serve(&setting.tool, &answered)).collect::<Result<_>>()?;
    let mut measured = Vec::new();
    let with_goals = [(PING_PONG, Kind::PingPong), (STREAM, Kind::Stream)];
    let others = [(DATAGRAMS, Kind::Datagrams), (CONNECTIONS, Kind::Connections)];
    let others = others.into_iter().filter(|_| !setting.quick);
    for (figures, kind) in with_goals.into_iter().chain(others) {
        measured.extend(overlay::of(setting, figures, kind, &roads)?);
    }
    Ok(measured.into())
}

fn ours(setting: &Setting) -> Result<Road> {
    let lab = Lab::builder().prefix("cwb-local").nodes(1).store(Store::Embedded);
    let lab = lab.bins(setting.bins.clone()).start()?;
    lab.node(1).cw("network create -d bridge bench")?;
    for name in ["client", "server"] {
        lab.node(1).cw(&format!("run -d --name {name} --network bench -- sleep 3600"))?;
    }
    let (client, _) = rig::container(&lab, 1, "client", "bench")?;
    Ok(Road::new(OURS, rig::container(&lab, 1, "server", "bench")?, client).over(lab))
}

/// As Docker makes it, but for its rules of netfilter: none of them is about neighbours.
fn bridge() -> Result<Road> {
    let node = Netns::create("cwb-bridge")?;
    ip(&node, "link add br0 type bridge stp_state 0")?;
    let guests = [1, 2].map(|number| guest(&node, number));
    let [client, server] = guests;
    ip(&node, "address add 10.96.0.254/24 dev br0")?;
    ip(&node, "link set br0 up")?;
    let mut road = Road::new(BRIDGE, (server?, [10, 96, 0, 2].into()), client?);
    road.between = vec![node];
    Ok(road)
}

fn guest(node: &Netns, number: u8) -> Result<Netns> {
    let guest = Netns::create(&format!("cwb-bridge-c{number}"))?;
    ip(node, &format!("link add veth{number} type veth peer name eth0 netns {}", guest.name()))?;
    ip(node, &format!("link set veth{number} master br0 up"))?;
    ip(&guest, &format!("address add 10.96.0.{number}/24 dev eth0"))?;
    ip(&guest, "link set eth0 up")?;
    Ok(guest)
}
