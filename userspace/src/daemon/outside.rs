//! By which interfaces packets from outside may come in besides the uplink: published ports are reached
//! there, and answers to containers arrive there.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use super::Daemon;
use crate::{
    kernel::{Dataplane, Hook, KernelError},
    link::{CW_HOST, CW_ROAD, CW_VXLAN, Interface, LinkError},
    model::Endpoint,
};

/// Sees to it that every interface has the program that it should, and no other one.
///
/// # Errors
/// Where the kernel does not list interfaces.
pub(super) async fn look(daemon: &Daemon) -> Result<(), LinkError> {
    let all = daemon.link.list().await?;
    let uplink = daemon.facts.read(|host| host.uplink);
    let (wanted, dataplane) = (ways_in(&all, uplink), Arc::clone(&daemon.dataplane));
    let settle =
        move || settle(&mut dataplane.lock().unwrap_or_else(PoisonError::into_inner), &wanted, uplink);
    // A panic in there is reported by its own message; the next look tries again.
    drop(tokio::task::spawn_blocking(settle).await);
    Ok(())
}

/// As [`look`], where the daemon goes on whatever comes of it.
pub(super) async fn look_or_say(daemon: &Daemon) {
    if let Err(error) = look(daemon).await {
        tracing::warn!(%error, "published ports may not be reached by all interfaces");
    }
}

/// Attaches the program where it has been taken off; the interfaces' names.
///
/// # Errors
/// Where the kernel does not list interfaces.
pub(super) async fn attach_missing(daemon: &Daemon) -> Result<Vec<String>, LinkError> {
    let all = daemon.link.list().await?;
    let uplink = daemon.facts.read(|host| host.uplink);
    let (wanted, dataplane) = (ways_in(&all, uplink), Arc::clone(&daemon.dataplane));
    let attach = move || {
        let mut dataplane = dataplane.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_missing = |ifindex: u32, name: &str| {
            let attached = dataplane.attach_if_missing(Hook::FromOutside, name, ifindex);
            let is_missing = attached.as_ref().is_ok_and(|missing| *missing);
            say(name, attached.map(drop));
            is_missing
        };
        let missing = wanted.into_iter().filter(|(ifindex, name)| is_missing(*ifindex, name));
        missing.map(|(_, name)| name).collect()
    };
    Ok(tokio::task::spawn_blocking(attach).await.unwrap_or_default())
}

/// The interfaces by which the host's own network stack receives from elsewhere. Those that are parts of
/// a bridge or a bond do not: what they receive is their master's.
fn ways_in(all: &[Interface], uplink: u32) -> BTreeMap<u32, String> {
    let is_vrf = |index: u32| all.iter().any(|i| i.ifindex == index && i.vrf);
    let receives = |i: &&Interface| i.ethernet && !i.vrf && i.master.is_none_or(is_vrf);
    let outer = all.iter().filter(receives).filter(|i| i.ifindex != uplink && !is_ours(&i.name));
    outer.map(|i| (i.ifindex, i.name.clone())).collect()
}

/// Whether packets from outside come in by the uplink alone.
///
/// # Errors
/// Where the kernel does not list interfaces.
pub(super) async fn is_uplink_alone(daemon: &Daemon) -> Result<bool, LinkError> {
    let all = daemon.link.list().await?;
    Ok(ways_in(&all, daemon.facts.read(|host| host.uplink)).is_empty())
}

/// The node's own ways to its containers, and what only listens.
fn is_ours(name: &str) -> bool {
    let ours = [CW_HOST, CW_ROAD, CW_VXLAN].contains(&name);
    ours || Endpoint::is_host_ifname(name) || Endpoint::is_waiting_ifname(name)
}

/// Attaches where it is missing and detaches where it is too much; what fails is said, and the rest done.
fn settle(dataplane: &mut Dataplane, wanted: &BTreeMap<u32, String>, uplink: u32) {
    for (&ifindex, name) in wanted {
        say(name, dataplane.attach(Hook::FromOutside, name, ifindex));
    }
    for (hook, ifindex) in dataplane.attached().unwrap_or_default() {
        let stays = match hook {
            Hook::FromOutside => wanted.contains_key(&ifindex),
            Hook::FromUplink => ifindex == uplink,
            Hook::FromContainer | Hook::FromHost => true,
        };
        if !stays {
            say(&format!("interface {ifindex}"), dataplane.detach(hook, ifindex));
        }
    }
}

fn say(interface: &str, done: Result<(), KernelError>) {
    match done {
        // It went while it was looked at: the next event tells.
        Ok(()) | Err(KernelError::NoInterface { .. }) => {}
        Err(error) => tracing::warn!(interface, %error, "its packets are not looked at as they should be"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(ifindex: u32, name: &str) -> Interface {
        Interface {
            name: name.into(),
            ifindex,
            mac: None,
            mtu: 1500,
            up: true,
            ethernet: true,
            master: None,
            vrf: false,
            alias: None,
            group: 0,
        }
    }

    fn found(all: &[Interface]) -> Vec<String> {
        ways_in(all, 2).into_values().collect()
    }

    #[test]
    fn all_but_the_uplink_and_our_own() {
        let lo = Interface { ethernet: false, ..interface(1, "lo") };
        let wireguard = Interface { ethernet: false, ..interface(7, "wg0") };
        let names = [(2, "eth0"), (3, "eth1"), (4, "cw-host"), (5, "cw-road"), (6, "cw0123456789ab")];
        let waiting = interface(10, "cwi0123456789ab");
        let mut all: Vec<_> = names.map(|(index, name)| interface(index, name)).into();
        all.extend([lo, wireguard, waiting, interface(11, "cw-vxlan")]);
        all.extend([interface(8, "cwm0"), interface(9, "eth0.7")]);
        assert_eq!(found(&all), ["eth1", "cwm0", "eth0.7"]);
    }

    #[test]
    fn a_bridge_receives_for_its_ports_and_a_vrf_does_not() {
        let part = |index, name, master| Interface { master: Some(master), ..interface(index, name) };
        let vrf = Interface { vrf: true, ..interface(10, "blue") };
        let all = [interface(3, "br0"), part(4, "eth1", 3), vrf, part(5, "eth2", 10)];
        assert_eq!(found(&all), ["br0", "eth2"]);
    }
}
