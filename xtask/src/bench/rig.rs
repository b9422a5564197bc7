//! The roads that are compared, each between two namespaces, each over a wire of its own so that
//! one road's hooks do not tax another.

use std::{net::Ipv4Addr, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use causeway_lab::{
    Lab, Netns, Node, Process,
    ip::{ip, words},
    layout::wire_address,
    wait,
};

use super::{
    ends::{self, Kind},
    goals::{DOCKER, OTHER_BUILD, WIRE},
    measured::OURS,
};

/// The wire's name on both nodes.
pub(super) const UPLINK: &str = "wire0";

/// A road: from a client's namespace to a server's address in another.
pub(super) struct Road {
    /// Its name in the report.
    pub(super) name: &'static str,
    /// Where the server is.
    pub(super) server: Netns,
    /// The server's address.
    pub(super) address: Ipv4Addr,
    /// Where the client is.
    pub(super) client: Netns,
    /// What lies between the two, and what keeps programs in place there.
    pub(super) between: Vec<Netns>,
    pub(super) held: Vec<Process>,
    // Last, so that it goes last.
    pub(super) lab: Option<Lab>,
}

impl Road {
    /// A road of somebody who outlives it: from `client` to an address of `server`.
    pub(super) fn new(name: &'static str, (server, address): (Netns, Ipv4Addr), client: Netns) -> Self {
        Self { name, server, address, client, between: Vec::new(), held: Vec::new(), lab: None }
    }

    /// The same in a lab of its own.
    pub(super) fn over(self, lab: Lab) -> Self {
        Self { lab: Some(lab), ..self }
    }

    /// Starts a server at its end, and waits until all of this can be measured.
    ///
    /// # Errors
    /// If it does not answer.
    pub(super) fn serve(&self, tool: &Path, kinds: &[Kind]) -> Result<Process> {
        let server = ends::serve(tool, &self.server)?;
        for kind in kinds {
            ends::await_answer(tool, &self.client, *kind, self.address).context(self.name)?;
        }
        Ok(server)
    }

    /// One round's figures.
    ///
    /// # Errors
    /// If an answer is wrong or stays out.
    pub(super) fn measure(&self, tool: &Path, kind: Kind) -> Result<Vec<f64>> {
        ends::measure(tool, &self.client, kind, self.address)
    }

    /// The client's address.
    ///
    /// # Errors
    /// If it has none.
    pub(super) fn client_address(&self) -> Result<Ipv4Addr> {
        address(&self.client, "eth0")
    }

    /// Has both nodes cut segments before the wire and join them behind it.
    ///
    /// # Errors
    /// If a node has no such wire.
    pub(super) fn cut_segments(&self) -> Result<()> {
        let Some(lab) = &self.lab else { return Ok(()) };
        for node in lab.nodes() {
            words(&node.netns, "ethtool", &format!("-K {UPLINK} {MTU_SIZED}"))?;
        }
        Ok(())
    }

    /// Has both nodes take live frames from the wire.
    ///
    /// # Errors
    /// If a node has no such wire.
    pub(super) fn take_frames(&self) -> Result<()> {
        self.lab.as_ref().map_or(Ok(()), take_frames)
    }
}

/// How long it takes at most until XDP is there: the other end of a veth is looked at every 5 seconds.
const MEETS: Duration = Duration::from_secs(20);

/// The configuration of a node whose frames the driver meets at all times.
pub(super) const XDP_ALWAYS: &str = "xdp_always = true\n";

/// What makes a wire one of MTU-sized packets.
const MTU_SIZED: &str = "tso off tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off gro on";

/// GRO is what switches on NAPI, without which a veth takes no live frames.
///
/// # Errors
/// If a node has no wire.
pub(super) fn take_frames(lab: &Lab) -> Result<()> {
    lab.nodes()
        .iter()
        .try_for_each(|node| words(&node.netns, "ethtool", &format!("-K {UPLINK} gro on")).map(drop))
}

/// Two nodes on a wire.
///
/// # Errors
/// If they cannot be built.
pub(super) fn lab(name: &str, bins: &Path, daemons: bool) -> Result<Lab> {
    Lab::builder().prefix(&format!("cwb-{name}")).wired().daemons(daemons).bins(bins.to_path_buf()).start()
}

/// Two nodes with daemons on a wire whose frames the driver meets at all times (XDP).
///
/// # Errors
/// If they cannot be built, or it does not.
pub(super) fn lab_with_xdp(name: &str, bins: &Path) -> Result<Lab> {
    let lab = Lab::builder().prefix(&format!("cwb-{name}")).wired().config(XDP_ALWAYS);
    let lab = lab.bins(bins.to_path_buf()).start()?;
    await_xdp(&lab, lab.nodes())?;
    Ok(lab)
}

/// Has a wire take live frames, and waits until the driver meets those of these nodes.
///
/// # Errors
/// If it does not.
pub(super) fn await_xdp(lab: &Lab, nodes: &[Node]) -> Result<()> {
    take_frames(lab)?;
    nodes.iter().try_for_each(|node| {
        let met = || Ok(node.cw("status")?.contains("XDP native"));
        wait::until("the driver meets the wire's frames", MEETS, met)
    })
}

/// MAC of an interface.
///
/// # Errors
/// If it is not there.
pub(super) fn mac(netns: &Netns, interface: &str) -> Result<String> {
    let shown: serde_json::Value = serde_json::from_str(&ip(netns, &format!("-j link show {interface}"))?)?;
    Ok(shown[0]["address"].as_str().context("an interface has a MAC")?.to_owned())
}

/// Address of an interface.
///
/// # Errors
/// If it has none.
pub(super) fn address(netns: &Netns, interface: &str) -> Result<Ipv4Addr> {
    let shown: serde_json::Value =
        serde_json::from_str(&ip(netns, &format!("-j -4 address show {interface}"))?)?;
    let address = shown[0]["addr_info"][0]["local"].as_str();
    Ok(address.with_context(|| format!("{interface} has no address"))?.parse()?)
}

/// The wire itself.
///
/// # Errors
/// If it cannot be built.
pub(super) fn underlay(bins: &Path) -> Result<Road> {
    let lab = lab("bare", bins, false)?;
    let end = |number| Netns::open(lab.node(number).netns.name());
    Ok(Road::new(WIRE, (end(2)?, wire_address(2)), end(1)?).over(lab))
}

/// Causeway's overlay.
///
/// # Errors
/// If it cannot be built.
pub(super) fn overlay(bins: &Path) -> Result<Road> {
    over(lab("overlay", bins, true)?)
}

/// The same by another build.
///
/// # Errors
/// If it cannot be built.
pub(super) fn other_overlay(bins: &Path) -> Result<Road> {
    Ok(Road { name: OTHER_BUILD, ..over(lab("other", bins, true)?)? })
}

/// The same, with XDP.
///
/// # Errors
/// If it cannot be built.
pub(super) fn overlay_with_xdp(bins: &Path) -> Result<Road> {
    over(lab_with_xdp("overlay-x", bins)?)
}

fn over(lab: Lab) -> Result<Road> {
    lab.node(1).cw("network create -d overlay bench")?;
    lab.node(1).cw("run -d --name client --network bench -- sleep 3600")?;
    lab.node(2).cw("run -d --name server --network bench -- sleep 3600")?;
    let (client, _) = container(&lab, 1, "client", "bench")?;
    Ok(Road::new(OURS, container(&lab, 2, "server", "bench")?, client).over(lab))
}

/// A container's namespace, and its address in a network.
///
/// # Errors
/// If there is no such container.
pub(super) fn container(lab: &Lab, node: usize, name: &str, network: &str) -> Result<(Netns, Ipv4Addr)> {
    let shown: serde_json::Value = serde_json::from_str(&lab.node(node).cw(&format!("inspect {name}"))?)?;
    let settings = &shown[0]["NetworkSettings"];
    let path = settings["SandboxKey"].as_str().context("inspect shows no SandboxKey")?;
    let address =
        settings["Networks"][network]["IPAddress"].as_str().context("inspect shows no IPAddress")?;
    Ok((Netns::open(path.rsplit('/').next().unwrap_or(path))?, address.parse()?))
}

/// The road that Docker's overlay takes: a bridge and a vxlan device in a namespace of their own.
///
/// # Errors
/// If it cannot be built.
pub(super) fn bridge_and_vxlan(bins: &Path) -> Result<Road> {
    let lab = lab("docker", bins, false)?;
    let (one, client) = docker_side(&lab, 1)?;
    let (two, server) = docker_side(&lab, 2)?;
    let mut road = Road::new(DOCKER, (server, docker_address(2)), client).over(lab);
    road.between = vec![one, two];
    Ok(road)
}

fn docker_address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, 0, last)
}

/// One node's sandbox and container. The vxlan device is made on the node and then moved, as Docker
/// does: its outer packets stay in the node's namespace.
fn docker_side(lab: &Lab, number: u8) -> Result<(Netns, Netns)> {
    let node = &lab.node(number.into()).netns;
    let sandbox = Netns::create(&format!("cwb-docker-box{number}"))?;
    let container = Netns::create(&format!("cwb-docker-c{number}"))?;
    let (here, there) = (wire_address(number), wire_address(3 - number));
    ip(
        node,
        &format!(
            "link add vxlan0 mtu 1450 type vxlan id 4097 dstport 4789 local {here} dev wire0 nolearning"
        ),
    )?;
    ip(node, &format!("link set vxlan0 netns {}", sandbox.name()))?;
    ip(&sandbox, "link add br0 mtu 1450 type bridge stp_state 0 mcast_snooping 0")?;
    ip(
        &sandbox,
        &format!("link add veth0 mtu 1450 type veth peer name eth0 mtu 1450 netns {}", container.name()),
    )?;
    for port in ["vxlan0", "veth0"] {
        ip(&sandbox, &format!("link set {port} master br0 up"))?;
    }
    ip(&sandbox, "link set br0 up")?;
    words(&sandbox, "bridge", &format!("fdb append 00:00:00:00:00:00 dev vxlan0 dst {there}"))?;
    ip(&container, &format!("address add {}/24 dev eth0", docker_address(number)))?;
    ip(&container, "link set eth0 up")?;
    Ok((sandbox, container))
}
