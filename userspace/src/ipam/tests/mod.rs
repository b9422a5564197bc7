//! Addresses as networks ask for them and as endpoints use them up.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod model;
mod requests;
mod vips;

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::{Refusal, SubnetRequest, subnets};
use crate::model::{Driver, Id, Network, Subnet};

/// A request as flags: `--subnet`, `--ip-range`, `--gateway`, `--aux-address`, each with a value.
fn request(flags: &[&str], networks: &[Network], avoid: &[&str]) -> Result<Vec<Subnet>, Refusal> {
    let values = |flag: &str| {
        let given = flags.chunks(2).filter(|pair| pair[0] == flag).map(|pair| pair[1].to_owned());
        given.collect::<Vec<_>>()
    };
    let cidrs = |texts: Vec<String>| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<_>>();
    let gateways: Vec<_> = values("--gateway").iter().map(|g| g.parse().unwrap()).collect();
    let aux: BTreeMap<String, Ipv4Addr> = values("--aux-address")
        .iter()
        .map(|a| a.split_once('=').unwrap())
        .map(|(name, addr)| (name.to_owned(), addr.parse().unwrap()))
        .collect();
    let request = SubnetRequest {
        driver: Driver::Overlay,
        subnets: &cidrs(values("--subnet")),
        ip_ranges: &cidrs(values("--ip-range")),
        gateways: &gateways,
        aux: &aux,
        vips: None,
    };
    subnets(&request, networks.iter(), &cidrs(avoid.iter().map(ToString::to_string).collect()))
}

/// A network named `name` with the subnets that the flags ask for.
fn network(name: &str, flags: &[&str]) -> Network {
    Network {
        id: Id::random(),
        name: name.to_owned(),
        driver: Driver::Overlay,
        node: None,
        created: 0,
        subnets: request(flags, &[], &[]).unwrap(),
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    }
}

fn addr(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}
