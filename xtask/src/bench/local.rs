//! Two containers of one node: ours, and on a bridge as Docker's.

use std::path::Path;

use anyhow::Result;
use causeway_lab::{Lab, Netns, Store, ip::ip};

use super::{
    Setting,
    ends::Kind,
    floor,
    goals::{BRIDGE, OTHER_BUILD},
    guests::Guests,
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

const GUESTS: Guests = Guests { road: "bridge", subnet: 96, mtu: 1500 };

/// Measures both, and the floor.
///
/// # Errors
/// If a node cannot be built or a road breaks.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let mut roads = vec![ours(OURS, "cwb-local", &setting.bins)?, bridge()?];
    if !setting.quick {
        roads.push(floor::across(setting)?);
    }
    if let Some(other) = &setting.beside {
        roads.push(ours(OTHER_BUILD, "cwb-beside", other)?);
    }
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

fn ours(name: &'static str, prefix: &str, bins: &Path) -> Result<Road> {
    let lab = Lab::builder().prefix(prefix).nodes(1).store(Store::Embedded);
    let lab = lab.bins(bins.to_path_buf()).start()?;
    lab.node(1).cw("network create -d bridge bench")?;
    for name in ["client", "server"] {
        lab.node(1).cw(&format!("run -d --name {name} --network bench -- sleep 3600"))?;
    }
    let (client, _) = rig::container(&lab, 1, "client", "bench")?;
    Ok(Road::new(name, rig::container(&lab, 1, "server", "bench")?, client).over(lab))
}

/// As Docker makes it, but for its rules of netfilter: none of them is about neighbours.
fn bridge() -> Result<Road> {
    let node = Netns::create("cwb-bridge")?;
    ip(&node, "link add br0 type bridge stp_state 0")?;
    let [client, server] = [1, 2].map(|number| guest(&node, number));
    ip(&node, "address add 10.96.0.254/24 dev br0")?;
    ip(&node, "link set br0 up")?;
    let mut road = Road::new(BRIDGE, (server?, GUESTS.address(2)), client?);
    road.between = vec![node];
    Ok(road)
}

fn guest(node: &Netns, number: u8) -> Result<Netns> {
    let guest = GUESTS.make(node, number)?;
    ip(node, &format!("link set {} master br0", Guests::veth(number)))?;
    Ok(guest)
}
