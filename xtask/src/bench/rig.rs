//! The roads that are compared, each between two namespaces, each over a wire of its own so that
//! one road's hooks do not tax another.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context as _, Result};
use causeway_lab::{Lab, Netns, ip::ip, ip::words, layout::wire_address};

/// A road: from a client's namespace to a server's address in another.
pub(crate) struct Road {
    /// Its name in the report.
    pub(crate) name: &'static str,
    /// Where the server is.
    pub(crate) server: Netns,
    /// The server's address.
    pub(crate) address: Ipv4Addr,
    /// Where the client is.
    pub(crate) client: Netns,
    /// Namespaces between the two.
    _between: Vec<Netns>,
    // Last, so that it goes last.
    _lab: Option<Lab>,
}

impl Road {
    /// A road of somebody who outlives it: from `client` to an address of `server`.
    pub(super) fn new(name: &'static str, (server, address): (Netns, Ipv4Addr), client: Netns) -> Self {
        Self { name, server, address, client, _between: Vec::new(), _lab: None }
    }
}

/// Two nodes on a wire.
pub(super) fn lab(name: &str, bins: &Path, daemons: bool) -> Result<Lab> {
    Lab::builder().prefix(&format!("cwb-{name}")).wired().daemons(daemons).bins(bins.to_path_buf()).start()
}

/// The wire itself.
pub(crate) fn underlay(bins: &Path) -> Result<Road> {
    let lab = lab("bare", bins, false)?;
    Ok(Road {
        name: "bare underlay",
        server: Netns::open(lab.node(2).netns.name())?,
        address: wire_address(2),
        client: Netns::open(lab.node(1).netns.name())?,
        _between: Vec::new(),
        _lab: Some(lab),
    })
}

/// Causeway's overlay.
pub(crate) fn overlay(bins: &Path) -> Result<Road> {
    let lab = lab("overlay", bins, true)?;
    lab.node(1).cw("network create -d overlay bench")?;
    lab.node(1).cw("run -d --name client --network bench -- sleep 3600")?;
    lab.node(2).cw("run -d --name server --network bench -- sleep 3600")?;
    let (client, _) = container(&lab, 1, "client", "bench")?;
    let (server, address) = container(&lab, 2, "server", "bench")?;
    Ok(Road { name: "causeway overlay", server, address, client, _between: Vec::new(), _lab: Some(lab) })
}

/// A container's namespace, and its address in a network.
pub(super) fn container(lab: &Lab, node: usize, name: &str, network: &str) -> Result<(Netns, Ipv4Addr)> {
    let shown: serde_json::Value = serde_json::from_str(&lab.node(node).cw(&format!("inspect {name}"))?)?;
    let settings = &shown[0]["NetworkSettings"];
    let path = settings["SandboxKey"].as_str().context("inspect shows no SandboxKey")?;
    let address =
        settings["Networks"][network]["IPAddress"].as_str().context("inspect shows no IPAddress")?;
    Ok((Netns::open(path.rsplit('/').next().unwrap_or(path))?, address.parse()?))
}

/// The road that Docker's overlay takes: a bridge and a vxlan device in a namespace of their own.
pub(crate) fn bridge_and_vxlan(bins: &Path) -> Result<Road> {
    let lab = lab("docker", bins, false)?;
    let (one, client) = docker_side(&lab, 1)?;
    let (two, server) = docker_side(&lab, 2)?;
    Ok(Road {
        name: "bridge + vxlan device",
        server,
        address: docker_address(2),
        client,
        _between: vec![one, two],
        _lab: Some(lab),
    })
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
