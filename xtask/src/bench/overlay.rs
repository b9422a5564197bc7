//! The overlay, from node to node, beside the roads that others take: latency, connections, one stream over a wire
//! that takes whole segments and over one that does not, and small packets as fast as they are received.

mod metadata;
mod small;

use std::path::Path;

use anyhow::Result;
use causeway_lab::Process;

use super::{
    Setting,
    ends::Kind,
    floor,
    measured::{Findings, Measured},
    rig::{self, Road},
    rounds::Figure,
};

/// What each measures, in the order of what its end tells.
const PING_PONG: &[Figure] = &[("overlay TCP ping-pong", "1/s"), ("overlay TCP round trip, median", "us")];
const DATAGRAMS: &[Figure] = &[("overlay UDP ping-pong", "1/s"), ("overlay UDP round trip, median", "us")];
const CONNECTIONS: &[Figure] = &[("overlay connect-request-close", "1/s")];
const SEGMENTS: &[Figure] = &[("overlay TCP 1 flow, wire that segments", "Gbit/s")];
const MTU_SIZED: &[Figure] = &[("overlay TCP 1 flow, MTU-sized wire", "Gbit/s")];

/// Measures all of it.
///
/// # Errors
/// If a road cannot be built or breaks.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let bins = &setting.bins;
    // Ours first.
    let mut roads = vec![
        rig::overlay(bins)?,
        rig::bridge_and_vxlan(bins)?,
        rig::underlay(bins)?,
        metadata::vxlan_by_ebpf(setting)?,
    ];
    if !setting.quick {
        roads.push(floor::between(setting)?);
    }
    if let Some(other) = &setting.beside {
        roads.push(rig::other_overlay(other)?);
    }
    let _servers = serve(&setting.tool, &roads)?;
    let mut measured = Vec::new();
    for (figures, kind) in
        [(PING_PONG, Kind::PingPong), (DATAGRAMS, Kind::Datagrams), (CONNECTIONS, Kind::Connections)]
    {
        measured.extend(of(setting, figures, kind, &roads)?);
    }
    measured.extend(of(setting, SEGMENTS, Kind::Stream, &roads)?);
    measured.extend(small::measure(setting, &roads[0], &roads[1])?);
    roads.iter().try_for_each(Road::cut_segments)?;
    measured.extend(of(setting, MTU_SIZED, Kind::Stream, &roads)?);
    Ok(measured.into())
}

fn serve(tool: &Path, roads: &[Road]) -> Result<Vec<Process>> {
    roads.iter().map(|road| road.serve(tool, &[Kind::PingPong, Kind::Datagrams])).collect()
}

/// Measures roads with ends of a kind.
///
/// # Errors
/// If a road breaks.
pub(super) fn of(setting: &Setting, figures: &[Figure], kind: Kind, roads: &[Road]) -> Result<Vec<Measured>> {
    let names: Vec<&str> = roads.iter().map(|road| road.name).collect();
    setting.rounds().measure(figures, &names, |who| roads[who].measure(&setting.tool, kind))
}
