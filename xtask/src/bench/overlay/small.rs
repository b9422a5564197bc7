//! Small packets as another node sends them, in VXLAN, as many as come into the container. They are counted at its
//! interface, before the container's own stack sees them. Ours are met by XDP; beside that, what TCX makes of them.

use anyhow::{Context as _, Result};
use causeway_lab::layout::wire_address;

use crate::bench::{
    Setting,
    ends::PORT,
    goals::TCX_ALONE,
    measured::Measured,
    packets::{Carrier, Packets},
    rig::{self, Road, UPLINK, mac},
};

/// How many a round.
const PACKETS: u32 = 1 << 19;
/// The first VNI that is given out, and Docker's.
const VNI: u32 = 4097;

/// Measures ours, Docker's, and ours without XDP.
///
/// # Errors
/// If packets are lost.
pub(super) fn measure(setting: &Setting, tcx: &Road, docker: &Road) -> Result<Vec<Measured>> {
    let ours = rig::overlay_with_xdp(&setting.bins)?;
    let roads = [&ours, docker, tcx];
    roads.iter().try_for_each(|road| road.take_frames())?;
    let packets = roads.map(of).into_iter().collect::<Result<Vec<_>>>()?;
    let (figures, names) = ([("overlay received small packets", "1/s")], [ours.name, docker.name, TCX_ALONE]);
    setting.rounds().measure(&figures, &names, |who| packets[who].rate(setting, PACKETS))
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
