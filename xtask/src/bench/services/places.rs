//! Where connections are made: a backend on the client's node and one on another, each reached in three
//! ways.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context as _, Result};
use causeway_lab::{Lab, Netns, ip::words};
use serde_json::Value;

use crate::bench::{
    goals::{NFTABLES, NO_VIP},
    measured::OURS,
    rig::container,
};

/// What nftables translates; nobody has it.
const TRANSLATED: Ipv4Addr = Ipv4Addr::new(10, 254, 0, 1);

/// A backend, and the ways to it, by its service's address first.
pub(super) struct Place {
    pub(super) server: Netns,
    pub(super) ways: Vec<Way>,
}

/// A way: from a client's namespace to an address.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) client: Netns,
    pub(super) address: Ipv4Addr,
}

/// The cluster with both places.
pub(super) struct Stage {
    pub(super) places: Vec<Place>,
    // Last, so that it goes last.
    _lab: Lab,
}

impl Stage {
    /// Builds it.
    ///
    /// # Errors
    /// If any of it cannot be made.
    pub(super) fn build(bins: &Path) -> Result<Self> {
        let lab = Lab::builder().prefix("cwb-vip").wired().bins(bins.to_path_buf()).start()?;
        lab.node(1).cw("network create -d overlay bench")?;
        let places = [(1, "here"), (2, "there")].map(|(node, name)| place(&lab, node, name));
        Ok(Self { places: places.into_iter().collect::<Result<_>>()?, _lab: lab })
    }
}

/// A service whose only backend is on this node, and its clients on node 1. Those that nftables
/// translates for have a namespace of their own: connection tracking would slow down the others.
fn place(lab: &Lab, node: usize, name: &str) -> Result<Place> {
    let (plain, translating) = (format!("plain-{name}"), format!("translating-{name}"));
    lab.node(1).cw(&format!("service create --network bench {name}"))?;
    let server = format!("run -d --name server-{name} --network bench --service {name} -- sleep 3600");
    lab.node(node).cw(&server)?;
    for client in [&plain, &translating] {
        lab.node(1).cw(&format!("run -d --name {client} --network bench -- sleep 3600"))?;
    }
    let (server, backend) = container(lab, node, &format!("server-{name}"), "bench")?;
    let translator = container(lab, 1, &translating, "bench")?.0;
    translate(&translator, backend)?;
    let way = |name, address| -> Result<Way> {
        Ok(Way { name, client: container(lab, 1, &plain, "bench")?.0, address })
    };
    let ways = vec![
        way(OURS, vip(lab, name)?)?,
        way(NO_VIP, backend)?,
        Way { name: NFTABLES, client: translator, address: TRANSLATED },
    ];
    Ok(Place { server, ways })
}

/// Has the kernel translate in a client's namespace, as kube-proxy and Docker's IPVS are on the way.
fn translate(client: &Netns, backend: Ipv4Addr) -> Result<()> {
    for line in [
        "add table ip nat".to_owned(),
        "add chain ip nat output { type nat hook output priority -100 ; }".to_owned(),
        format!("add rule ip nat output ip daddr {TRANSLATED} meta l4proto tcp dnat to {backend}"),
    ] {
        words(client, "nft", &line)?;
    }
    Ok(())
}

fn vip(lab: &Lab, service: &str) -> Result<Ipv4Addr> {
    let shown: Value = serde_json::from_str(&lab.node(1).cw(&format!("service inspect {service}"))?)?;
    let address = shown[0]["Endpoint"]["VirtualIPs"][0]["Addr"].as_str();
    let address = address.and_then(|address| address.split('/').next()).context("inspect shows no VIP")?;
    Ok(address.parse()?)
}
