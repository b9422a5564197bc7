//! The least that a road between containers costs: by programs that look nothing up, check nothing and count nothing
//! (`c/floor.bpf.c`). What is beyond that is ours; this is the kernel's.

use anyhow::Result;
use causeway_lab::{Lab, Process, layout::wire_address};

use super::{
    Setting,
    goals::FLOOR,
    guests::Guests,
    rig::{self, Road, UPLINK},
};

const NEAR: Guests = Guests { road: "floor", subnet: 95, mtu: 1500 };
const FAR: Guests = Guests { road: "floors", subnet: 98, mtu: 1450 };

/// Between two containers of one node.
///
/// # Errors
/// If it cannot be built.
pub(super) fn across(setting: &Setting) -> Result<Road> {
    let lab =
        Lab::builder().prefix("cwb-floor").nodes(1).daemons(false).bins(setting.bins.clone()).start()?;
    let node = &lab.node(1).netns;
    let (client, server) = (NEAR.make(node, 1)?, NEAR.make(node, 2)?);
    NEAR.introduce(&client, &server)?;
    let held = hold(setting, &lab, 1, &["across".to_owned(), Guests::veth(1), Guests::veth(2)])?;
    let mut road = Road::new(FLOOR, (server, NEAR.address(2)), client).over(lab);
    road.held = vec![held];
    Ok(road)
}

/// Between containers of two nodes.
///
/// # Errors
/// If it cannot be built.
pub(super) fn between(setting: &Setting) -> Result<Road> {
    let lab = rig::lab(FAR.road, &setting.bins, false)?;
    let [client, server] = [1, 2].map(|number| FAR.make(&lab.node(number.into()).netns, number));
    let (client, server) = (client?, server?);
    FAR.introduce(&client, &server)?;
    let held = [1, 2].map(|number| side(setting, &lab, number));
    let mut road = Road::new(FLOOR, (server, FAR.address(2)), client).over(lab);
    road.held = held.into_iter().collect::<Result<_>>()?;
    Ok(road)
}

/// Attaches the programs of a node, as long as this is held.
fn side(setting: &Setting, lab: &Lab, number: u8) -> Result<Process> {
    let both = [number, 3 - number];
    let nodes = both.map(|number| &lab.node(number.into()).netns);
    let mut line =
        ["between", "--veth", &Guests::veth(number), "--uplink", UPLINK].map(str::to_owned).to_vec();
    line.push("--macs".to_owned());
    for node in nodes {
        line.push(rig::mac(node, UPLINK)?);
    }
    line.extend(both.map(|number| FAR.mac(number)));
    line.push("--vteps".to_owned());
    line.extend(both.map(|number| wire_address(number).to_string()));
    hold(setting, lab, number, &line)
}

fn hold(setting: &Setting, lab: &Lab, number: u8, line: &[String]) -> Result<Process> {
    let mut command = setting.rig("floor");
    let node = lab.node(number.into()).netns.name();
    command.arg("--object").arg(setting.object("floor")?).args(["--node", node]).args(line);
    Process::spawn(&mut command, &lab.layout().root.join("programs"))
}
