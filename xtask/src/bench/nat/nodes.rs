//! Nodes that translate addresses, each with a container on a bridge network, and an outside at the other
//! end of a wire: ours; one that does it as Docker does, by a bridge and rules of netfilter; and one with Docker's
//! userland proxy.

use std::{net::Ipv4Addr, path::Path};

use anyhow::Result;
use causeway_lab::{Lab, Netns, Process, Store, ip::ip, ip::words, layout::wire_address, spawn};

use crate::bench::{
    ends::{CLOSING, PORT, core},
    goals::{NFTABLES, PROXY},
    measured::OURS,
    rig::{self, Road},
};

/// The container's address where others than ours translate, and its gateway.
const CONTAINER: &str = "10.98.0.2";
const GATEWAY: &str = "10.98.0.1";

/// Node 1 translates, node 2 is the outside.
pub(super) struct Translator {
    name: &'static str,
    container: Netns,
    _proxies: Vec<Process>,
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

    /// The node's namespace.
    pub(super) fn netns(&self) -> &Netns {
        &self.lab.node(1).netns
    }

    /// Has it take live frames.
    pub(super) fn take_frames(&self) -> Result<()> {
        rig::take_frames(&self.lab)
    }

    fn ends(&self) -> Result<(Netns, Netns)> {
        Ok((Netns::open(self.container.name())?, Netns::open(self.lab.node(2).netns.name())?))
    }
}

/// Causeway's. The outside is a plain host, as it is with the others.
pub(super) fn causeway(name: &str, bins: &Path) -> Result<Translator> {
    ours(alone(name, bins, "")?)
}

/// The same, with XDP.
pub(super) fn causeway_with_xdp(bins: &Path) -> Result<Translator> {
    let lab = alone("nat-x", bins, rig::XDP_ALWAYS)?;
    rig::await_xdp(&lab, &lab.nodes()[..1])?;
    ours(lab)
}

/// A wire with a daemon at one end of it.
fn alone(name: &str, bins: &Path, config: &str) -> Result<Lab> {
    let lab = Lab::builder().prefix(&format!("cwb-{name}")).wired().store(Store::Embedded).daemons(false);
    let mut lab = lab.config(config).bins(bins.to_path_buf()).start()?;
    lab.node_mut(1).start_daemon()?;
    lab.node(1).wait_ready(1)?;
    Ok(lab)
}

fn ours(lab: Lab) -> Result<Translator> {
    let ports = format!("-p {PORT}:{PORT} -p {CLOSING}:{CLOSING} -p {PORT}:{PORT}/udp");
    lab.node(1).cw(&format!("run -d --name server {ports} -- sleep 3600"))?;
    let (container, _) = rig::container(&lab, 1, "server", "bridge")?;
    Ok(Translator { name: OURS, container, _proxies: Vec::new(), lab })
}

/// Docker's: what its iptables rules say, without its chains.
pub(super) fn netfilter(bins: &Path) -> Result<Translator> {
    let (lab, container) = bridged("rules", bins)?;
    let node = &lab.node(1).netns;
    node.run(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))??;
    let address: Ipv4Addr = wire_address(1);
    for (protocol, port) in [("tcp", PORT), ("udp", PORT), ("tcp", CLOSING)] {
        let rule = format!("PREROUTING -d {address} -p {protocol} --dport {port}");
        words(node, "iptables", &format!("-t nat -A {rule} -j DNAT --to-destination {CONTAINER}:{port}"))?;
    }
    words(node, "iptables", &format!("-t nat -A POSTROUTING -s {GATEWAY}/24 ! -o br0 -j MASQUERADE"))?;
    Ok(Translator { name: NFTABLES, container, _proxies: Vec::new(), lab })
}

/// Docker's process that copies between the outside's connection and one of its own to the container.
pub(super) fn proxied(bins: &Path) -> Result<Translator> {
    let (lab, container) = bridged("proxy", bins)?;
    let proxies = [PORT, CLOSING].map(|port| proxy(&lab, port)).into_iter().collect::<Result<_>>()?;
    Ok(Translator { name: PROXY, container, _proxies: proxies, lab })
}

/// It tells who has started it that it is ready, by descriptor 3.
const START: &str = r#"exec taskset --cpu-list "$@" 3>/dev/null"#;

/// On the core of both ends, as all that is measured.
fn proxy(lab: &Lab, port: u16) -> Result<Process> {
    let mut command = spawn::command(&lab.node(1).netns, "sh");
    command.args(["-c", START, "sh", &core().to_string(), "docker-proxy"]);
    command.args([
        "-proto",
        "tcp",
        "-host-ip",
        &wire_address(1).to_string(),
        "-host-port",
        &port.to_string(),
    ]);
    command.args(["-container-ip", CONTAINER, "-container-port", &port.to_string()]);
    Process::spawn(&mut command, &lab.layout().root.join("proxy"))
}

/// Two nodes without a daemon, the first with a container on a bridge.
fn bridged(name: &str, bins: &Path) -> Result<(Lab, Netns)> {
    let lab = rig::lab(name, bins, false)?;
    let node = &lab.node(1).netns;
    let container = Netns::create(&format!("cwb-{name}-c"))?;
    ip(node, "link add br0 type bridge stp_state 0")?;
    ip(node, &format!("link add veth0 type veth peer name eth0 netns {}", container.name()))?;
    ip(node, "link set veth0 master br0 up")?;
    ip(node, &format!("address add {GATEWAY}/24 dev br0"))?;
    ip(node, "link set br0 up")?;
    ip(&container, &format!("address add {CONTAINER}/24 dev eth0"))?;
    ip(&container, "link set eth0 up")?;
    ip(&container, &format!("route add default via {GATEWAY}"))?;
    Ok((lab, container))
}
