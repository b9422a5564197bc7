//! The switch: a namespace with a bridge, and a cable to every node.

use anyhow::Result;

use crate::{
    Layout, Netns,
    ip::{ip, words},
    layout::{SWITCH, address, wire_address},
};

/// Makes the switch's namespace and its bridge.
///
/// # Errors
/// If the kernel refuses.
pub fn create(layout: &Layout) -> Result<Netns> {
    let netns = Netns::create(&layout.switch_netns())?;
    // Without snooping and spanning tree a port forwards from the first packet on.
    ip(&netns, "link add br0 type bridge stp_state 0 mcast_snooping 0")?;
    ip(&netns, &format!("link set br0 mtu {} up", layout.mtu))?;
    ip(&netns, &format!("address add {}/24 dev br0", address(SWITCH)))?;
    Ok(netns)
}

/// Lays a cable from `port` of the switch to eth0 of `netns`, with address 198.18.0.`last`.
///
/// # Errors
/// If the kernel refuses.
pub fn connect(switch: &Netns, netns: &Netns, port: &str, last: u8, mtu: u32) -> Result<()> {
    let name = netns.name();
    ip(switch, &format!("link add {port} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {name}"))?;
    ip(switch, &format!("link set {port} master br0 up"))?;
    // XDP_TX on a veth needs NAPI at its peer, and GRO is what switches NAPI on.
    words(switch, "ethtool", &format!("-K {port} gro on"))?;
    ip(netns, &format!("address add {}/24 dev eth0", address(last)))?;
    ip(netns, "link set eth0 up")?;
    ip(netns, &format!("route add default via {}", address(SWITCH)))?;
    Ok(())
}

/// Lays a wire between the namespaces of nodes 1 and 2.
///
/// # Errors
/// If the kernel refuses.
pub fn wire(one: &Netns, two: &Netns, mtu: u32) -> Result<()> {
    let far = two.name();
    ip(one, &format!("link add wire0 mtu {mtu} type veth peer name wire0 mtu {mtu} netns {far}"))?;
    for (netns, last) in [(one, 1), (two, 2)] {
        ip(netns, &format!("address add {}/24 dev wire0", wire_address(last)))?;
        ip(netns, "link set wire0 up")?;
    }
    Ok(())
}
