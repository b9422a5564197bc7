//! Services by their addresses: ping-pong, and connections that come and go, through the address of a service,
//! straight to its backend, and through nftables' DNAT.

mod places;

use anyhow::Result;

use super::{
    Setting,
    ends::{self, Kind},
    measured::{Findings, Measured},
    rounds::Figure,
};
use places::Place;

/// What is measured, by where the backend is.
const FIGURES: [([Figure; 2], Figure); 2] = [
    (
        [("VIP ping-pong, same node", "1/s"), ("VIP round trip, same node, median", "us")],
        ("VIP connect-request-close, same node", "1/s"),
    ),
    (
        [("VIP ping-pong, other node", "1/s"), ("VIP round trip, other node, median", "us")],
        ("VIP connect-request-close, other node", "1/s"),
    ),
];

/// Measures all ways, on one node and across two.
///
/// # Errors
/// If the cluster cannot be built or a connection breaks.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let stage = places::Stage::build(&setting.bins)?;
    let mut measured = Vec::new();
    for (place, (ping_pong, connections)) in stage.places.iter().zip(FIGURES) {
        measured.extend(of_place(setting, place, &ping_pong, connections)?);
    }
    Ok(measured.into())
}

fn of_place(
    setting: &Setting,
    place: &Place,
    ping_pong: &[Figure],
    connections: Figure,
) -> Result<Vec<Measured>> {
    let tool = &setting.tool;
    let _server = ends::serve(tool, &place.server)?;
    for way in &place.ways {
        ends::await_answer(tool, &way.client, Kind::Connections, way.address)?;
    }
    let names: Vec<&str> = place.ways.iter().map(|way| way.name).collect();
    let once =
        |kind| move |who: usize| ends::measure(tool, &place.ways[who].client, kind, place.ways[who].address);
    let mut measured = setting.rounds().measure(ping_pong, &names, once(Kind::PingPong))?;
    measured.extend(setting.rounds().measure(&[connections], &names, once(Kind::Connections))?);
    Ok(measured)
}
