//! What goes in and out of a bridge network: addresses translated by ours and by a bridge with netfilter; and, of
//! published ports, what Docker's userland proxy makes of it.

mod nodes;

use anyhow::Result;
use causeway_lab::layout::wire_address;

use super::{
    Setting,
    ends::{Kind, PORT},
    goals::{NFTABLES, TCX_ALONE},
    measured::{Findings, Measured, OURS},
    overlay,
    packets::Packets,
    rig::{Road, UPLINK, mac},
    rounds::Figure,
};
use nodes::Translator;

const IN: &[Figure] =
    &[("published port TCP ping-pong", "1/s"), ("published port TCP round trip, median", "us")];
const OUT: &[Figure] = &[("masqueraded TCP ping-pong", "1/s"), ("masqueraded TCP round trip, median", "us")];
const BURSTS_IN: &[Figure] = &[("published port, a small datagram in bursts, socket to socket", "us")];
const BURSTS_OUT: &[Figure] = &[("masqueraded small datagram in bursts, socket to socket", "us")];
const CONNECTIONS: &[Figure] = &[("published port connect-request-close", "1/s")];
/// Packets a second, by conversations.
const PACKETS: [(Figure, u32); 2] =
    [(("bridge NAT packets, 1 flow", "1/s"), 1), (("bridge NAT packets, 60,000 flows", "1/s"), 60_000)];
/// How many packets a round.
const A_ROUND: u32 = 1 << 19;

/// Measures all of it.
///
/// # Errors
/// If a node cannot be built or a road breaks.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let (ours, rules, proxy) = (
        nodes::causeway("nat", &setting.bins)?,
        nodes::netfilter(&setting.bins)?,
        nodes::proxied(&setting.bins)?,
    );
    let inward = [ours.inward()?, rules.inward()?, proxy.inward()?];
    let outward = [ours.outward()?, rules.outward()?];
    let mut measured = Vec::new();
    {
        let answered = [Kind::PingPong, Kind::Connections];
        let _servers: Vec<_> =
            inward.iter().map(|road| road.serve(&setting.tool, &answered)).collect::<Result<_>>()?;
        measured.extend(overlay::of(setting, CONNECTIONS, Kind::Connections, &inward)?);
        measured.extend(packets(setting, &rules)?);
        if setting.quick {
            return Ok(measured.into());
        }
        measured.extend(overlay::of(setting, IN, Kind::PingPong, &inward)?);
        measured.extend(overlay::of(setting, BURSTS_IN, Kind::Bursts, &inward[..2])?);
    }
    let _servers: Vec<_> =
        outward.iter().map(|road| road.serve(&setting.tool, &[Kind::PingPong])).collect::<Result<_>>()?;
    measured.extend(overlay::of(setting, OUT, Kind::PingPong, &outward)?);
    measured.extend(overlay::of(setting, BURSTS_OUT, Kind::Bursts, &outward)?);
    Ok(measured.into())
}

/// From outside to the published port: the server has answered every conversation once before it is measured. Ours
/// are met by XDP; beside that, what TCX makes of them.
fn packets(setting: &Setting, rules: &Translator) -> Result<Vec<Measured>> {
    // Nodes of their own: connections that are over stay in a table of flows for two minutes.
    let (ours, tcx) = (nodes::causeway_with_xdp(&setting.bins)?, nodes::causeway("nat-t", &setting.bins)?);
    let serve = |node: &Translator| node.inward()?.serve(&setting.tool, &[Kind::PingPong]);
    let _servers = [serve(&ours)?, serve(&tcx)?];
    let (mut measured, names) = (Vec::new(), [OURS, NFTABLES, TCX_ALONE]);
    for (figure, flows) in PACKETS {
        let nodes = [of(&ours, flows)?, of(rules, flows)?, of(&tcx, flows)?];
        nodes.iter().try_for_each(|packets| packets.open(setting))?;
        measured
            .extend(setting.rounds().measure(&[figure], &names, |who| nodes[who].rate(setting, A_ROUND))?);
    }
    Ok(measured)
}

fn of(node: &Translator, flows: u32) -> Result<Packets> {
    node.take_frames()?;
    let road: Road = node.inward()?;
    Ok(Packets {
        from: road.client.name().to_owned(),
        out: UPLINK,
        to: road.server.name().to_owned(),
        into: "eth0".to_owned(),
        macs: (mac(&road.client, UPLINK)?, mac(node.netns(), UPLINK)?),
        addresses: (wire_address(2), wire_address(1)),
        port: PORT,
        arrives_at: PORT,
        flows,
        early: false,
        carrier: None,
    })
}
