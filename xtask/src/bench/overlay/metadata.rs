//! An overlay by a vxlan device in collect-metadata mode, whose packets programs send on their way: Cilium's shape.

use std::net::Ipv4Addr;

use anyhow::Result;
use causeway_lab::{Lab, Netns, Process, ip::ip, layout::wire_address};

use crate::bench::{
    Setting,
    goals::METADATA,
    rig::{self, Road},
};

/// The container's interface on its node, and the device.
const VETH: &str = "veth0";
const DEVICE: &str = "vxlan0";

/// Builds the road.
///
/// # Errors
/// If that cannot be done.
pub(super) fn vxlan_by_ebpf(setting: &Setting) -> Result<Road> {
    let lab = rig::lab("meta", &setting.bins, false)?;
    let (client, server) = (side(&lab, 1)?, side(&lab, 2)?);
    for (netns, other) in [(&client, 2), (&server, 1)] {
        ip(netns, &format!("neigh add {} lladdr {} dev eth0 nud permanent", address(other), mac(other)))?;
    }
    let held = [1, 2].map(|number| hold(setting, &lab, number));
    let mut road = Road::new(METADATA, (server, address(2)), client).over(lab);
    road.held = held.into_iter().collect::<Result<_>>()?;
    Ok(road)
}

fn address(node: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 97, 0, node)
}

fn mac(node: u8) -> String {
    format!("02:00:0a:61:00:{node:02x}")
}

fn side(lab: &Lab, number: u8) -> Result<Netns> {
    let node = &lab.node(number.into()).netns;
    let container = Netns::create(&format!("cwb-meta-c{number}"))?;
    ip(node, &format!("link add {DEVICE} type vxlan external dstport 4789 nolearning"))?;
    ip(node, &format!("link set {DEVICE} mtu 1450 up"))?;
    let far = format!("name eth0 address {} mtu 1450 netns {}", mac(number), container.name());
    ip(node, &format!("link add {VETH} mtu 1450 type veth peer {far}"))?;
    ip(node, &format!("link set {VETH} up"))?;
    ip(&container, &format!("address add {}/24 dev eth0", address(number)))?;
    ip(&container, "link set eth0 up")?;
    Ok(container)
}

/// Attaches the programs of a node, as long as this is held.
fn hold(setting: &Setting, lab: &Lab, number: u8) -> Result<Process> {
    let mut command = setting.rig("tunnel");
    let node = lab.node(number.into()).netns.name().to_owned();
    command.arg("--object").arg(setting.object("tunnel")?);
    command.args(["--node", &node, "--veth", VETH, "--device", DEVICE]);
    command.args(["--here", &address(number).to_string(), "--elsewhere"]);
    command.args([address(3 - number), wire_address(3 - number)].map(|address| address.to_string()));
    Process::spawn(&mut command, &lab.layout().root.join("programs"))
}
