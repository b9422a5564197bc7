//! Small packets as another node sends them, in VXLAN, as many as come into the container. They are counted at its
//! interface, before the container's own stack sees them.

use anyhow::{Context as _, Result};
use causeway_lab::layout::wire_address;

use crate::bench::{
    Setting,
    ends::PORT,
    measured::Measured,
    packets::{Carrier, Packets},
    rig::{Road, UPLINK, mac},
};

/// How many a round.
const PACKETS: u32 = 1 << 19;
/// The first VNI that is given out, and Docker's.
const VNI: u32 = 4097;

/// Measures ours and Docker's.
///
/// # Errors
/// If packets are lost.
pub(super) fn measure(setting: &Setting, ours: &Road, docker: &Road) -> Result<Vec<Measured>> {
    let roads = [ours, docker];
    roads.iter().try_for_each(|road| road.take_frames())?;
    let packets = [of(ours)?, of(docker)?];
    let figures = [("overlay received small packets", "1/s")];
    setting.rounds().measure(&figures, &[ours.name, docker.name], |who| packets[who].rate(setting, PACKETS))
}

/// From the client to the server, as the client's node sends it.
fn of(road: &Road) -> Result<Packets> {
    let lab = road.lab.as_ref().context("the road has nodes")?;
    let [one, two] = [1, 2].map(|number| &lab.node(number).netns);
    let client = road.client_address()?;
    Ok(Packets {
        from: one.name().to_owned(),
        out: UPLINK,
        to: road.server.name().to_owned(),
        into: "eth0".to_owned(),
        macs: (mac(&road.client, "eth0")?, mac(&road.server, "eth0")?),
        addresses: (client, road.address),
        port: PORT,
        arrives_at: PORT,
        flows: 1,
        early: false,
        carrier: Some(Carrier {
            macs: (mac(one, UPLINK)?, mac(two, UPLINK)?),
            addresses: (wire_address(1), wire_address(2)),
            vni: VNI,
        }),
    })
}
