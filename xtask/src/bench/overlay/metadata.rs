//! An overlay by a vxlan device in collect-metadata mode, whose packets programs send on their way: Cilium's shape.

use anyhow::Result;
use causeway_lab::{Lab, Netns, Process, ip::ip, layout::wire_address};

use crate::bench::{
    Setting,
    goals::METADATA,
    guests::Guests,
    rig::{self, Road},
};

const DEVICE: &str = "vxlan0";
const GUESTS: Guests = Guests { road: "meta", subnet: 97, mtu: 1450 };

/// Builds the road.
///
/// # Errors
/// If that cannot be done.
pub(super) fn vxlan_by_ebpf(setting: &Setting) -> Result<Road> {
    let lab = rig::lab(GUESTS.road, &setting.bins, false)?;
    let (client, server) = (side(&lab, 1)?, side(&lab, 2)?);
    GUESTS.introduce(&client, &server)?;
    let held = [1, 2].map(|number| hold(setting, &lab, number));
    let mut road = Road::new(METADATA, (server, GUESTS.address(2)), client).over(lab);
    road.held = held.into_iter().collect::<Result<_>>()?;
    Ok(road)
}

fn side(lab: &Lab, number: u8) -> Result<Netns> {
    let node = &lab.node(number.into()).netns;
    ip(node, &format!("link add {DEVICE} type vxlan external dstport 4789 nolearning"))?;
    ip(node, &format!("link set {DEVICE} mtu {} up", GUESTS.mtu))?;
    GUESTS.make(node, number)
}

/// Attaches the programs of a node, as long as this is held.
fn hold(setting: &Setting, lab: &Lab, number: u8) -> Result<Process> {
    let mut command = setting.rig("tunnel");
    let node = lab.node(number.into()).netns.name().to_owned();
    command.arg("--object").arg(setting.object("tunnel")?);
    command.args(["--node", &node, "--veth", &Guests::veth(number), "--device", DEVICE]);
    command.args(["--here", &GUESTS.address(number).to_string(), "--elsewhere"]);
    let other = 3 - number;
    command.args([GUESTS.address(other), wire_address(other)].map(|address| address.to_string()));
    Process::spawn(&mut command, &lab.layout().root.join("programs"))
}
