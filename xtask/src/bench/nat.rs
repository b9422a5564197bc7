//! Nodes that translate addresses, each with a container on a bridge network, and an outside at the other
//! end of a wire: ours, and one that does it as Docker does, by a bridge and rules of netfilter.

use std::{net::Ipv4Addr, path::Path};

use anyhow::Result;
use causeway_lab::{Lab, Netns, ip::ip, ip::words, layout::wire_address};

use super::{
    pingpong::PORT,
    rig::{self, Road},
};

/// The container's address where netfilter translates, and its gateway.
const CONTAINER: &str = "10.98.0.2";
const GATEWAY: &str = "10.98.0.1";

/// Node 1 translates, node 2 is the outside.
pub(super) struct Translator {
    name: &'static str,
    container: Netns,
    lab: Lab,
}

impl Translator {
    /// From outside to the published port.
    pub(super) fn inward(&self) -> Result<Road> {
        let (container, outside) = self.ends()?;
        Ok(Road::new(self.name, (container, wire_address(1)), outside))
    }

    /// From the container to the outside.
    pub(super) fn outward(&self) -> Result<Road> {
        let (container, outside) = self.ends()?;
        Ok(Road::new(self.name, (outside, wire_address(2)), container))
    }

    fn ends(&self) -> Result<(Netns, Netns)> {
        Ok((Netns::open(self.container.name())?, Netns::open(self.lab.node(2).netns.name())?))
    }
}

/// Causeway's, with a daemon on the outside's end, too.
pub(super) fn causeway(bins: &Path) -> Result<Translator> {
    let lab = rig::lab("nat", bins, true)?;
    lab.node(1).cw(&format!("run -d --name server -p {PORT}:{PORT} -p {PORT}:{PORT}/udp -- sleep 3600"))?;
    let (container, _) = rig::container(&lab, 1, "server", "bridge")?;
    Ok(Translator { name: "causeway", container, lab })
}

/// Docker's: what its iptables rules say, without its chains.
pub(super) fn netfilter(bins: &Path) -> Result<Translator> {
    let lab = rig::lab("rules", bins, false)?;
    let node = &lab.node(1).netns;
    let container = Netns::create("cwb-rules-c")?;
    ip(node, "link add br0 type bridge stp_state 0")?;
    ip(node, &format!("link add veth0 type veth peer name eth0 netns {}", container.name()))?;
    ip(node, "link set veth0 master br0 up")?;
    ip(node, &format!("address add {GATEWAY}/24 dev br0"))?;
    ip(node, "link set br0 up")?;
    ip(&container, &format!("address add {CONTAINER}/24 dev eth0"))?;
    ip(&container, "link set eth0 up")?;
    ip(&container, &format!("route add default via {GATEWAY}"))?;
    node.run(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))??;
    let address: Ipv4Addr = wire_address(1);
    for protocol in ["tcp", "udp"] {
        let port = format!("PREROUTING -d {address} -p {protocol} --dport {PORT}");
        words(node, "iptables", &format!("-t nat -A {port} -j DNAT --to-destination {CONTAINER}:{PORT}"))?;
    }
    words(node, "iptables", &format!("-t nat -A POSTROUTING -s {GATEWAY}/24 ! -o br0 -j MASQUERADE"))?;
    Ok(Translator { name: "bridge + netfilter", container, lab })
}
