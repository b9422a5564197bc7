//! Addresses and names: `s` what a network asks for, a word and a value a line; `o` and `b` options of overlay and
//! bridge networks, KEY=VALUE a line; `v` VNIs, those that are asked for with commas; `c` a cursor's record; `m` a
//! MAC; `n` a name; `i` an id; `/` a subnet.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use causeway::{
    ipam::{self, Cursor, Options, Pool, SubnetRequest},
    model::{Driver, Id, Mac, Network, Subnet, validate_name},
};
use ipnet::Ipv4Net;

use crate::{cluster::node_id, is_one_line, text};

/// How many addresses of a network are handed out.
const HANDED_OUT: usize = 6;

/// Reads.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = text(input) else { return };
    match kind {
        b's' => network(text),
        b'o' => options(Driver::Overlay, text),
        b'b' => options(Driver::Bridge, text),
        b'v' => vnis(text),
        b'c' => cursor(text),
        b'm' => drop(text.parse().map(|mac: Mac| assert_eq!(mac.to_string(), text.to_ascii_lowercase()))),
        b'n' => {
            drop(validate_name(text).map(|()| assert!(text.is_ascii() && !text.contains(['/', ' ', '\n']))))
        }
        b'i' => assert!(Id::parse(text).is_none_or(|id| id.as_str() == text && text.starts_with(id.short()))),
        b'/' => {
            drop(ipam::parse_cidr(text).map(|net| assert_eq!(ipam::parse_cidr(&net.to_string()), Ok(net))))
        }
        _ => {}
    }
}

/// What a network's creation says of addresses.
#[derive(Default)]
struct Asked {
    subnets: Vec<Ipv4Net>,
    ip_ranges: Vec<Ipv4Net>,
    gateways: Vec<Ipv4Addr>,
    aux: BTreeMap<String, Ipv4Addr>,
}

impl Asked {
    fn read(text: &str) -> Option<Self> {
        let mut asked = Self::default();
        for (word, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            match word {
                "subnet" => asked.subnets.push(ipam::parse_cidr(value).ok()?),
                "range" => asked.ip_ranges.push(ipam::parse_cidr(value).ok()?),
                "gateway" => asked.gateways.push(value.parse().ok()?),
                name => drop(asked.aux.insert(name.to_owned(), value.parse().ok()?)),
            }
        }
        Some(asked)
    }
}

/// Subnets that are given have a gateway and room, and each address that is handed out is another one of them.
fn network(text: &str) {
    let Some(asked) = Asked::read(text) else { return };
    for driver in [Driver::Overlay, Driver::Bridge] {
        let request = SubnetRequest {
            driver,
            subnets: &asked.subnets,
            ip_ranges: &asked.ip_ranges,
            gateways: &asked.gateways,
            aux: &asked.aux,
            vips: Some(Ipv4Net::new_assert(Ipv4Addr::new(10, 255, 0, 0), 16)),
        };
        match ipam::subnets(&request, std::iter::empty(), &[]) {
            Ok(subnets) => hand_out(&named(driver, subnets)),
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
}

fn named(driver: Driver, subnets: Vec<Subnet>) -> Network {
    Network {
        id: node_id(9),
        name: "x".to_owned(),
        driver,
        node: None,
        created: 0,
        subnets,
        internal: false,
        options: BTreeMap::new(),
        labels: BTreeMap::new(),
    }
}

fn hand_out(network: &Network) {
    for subnet in &network.subnets {
        assert!(subnet.cidr.contains(&subnet.gateway), "{subnet:?}");
        assert!(subnet.ip_range.is_none_or(|range| subnet.cidr.contains(&range)), "{subnet:?}");
    }
    let (mut cursor, mut taken) = (Cursor::default(), BTreeSet::new());
    for _ in 0..HANDED_OUT {
        let Ok((subnet, address)) = ipam::choose(network, &cursor, &taken, None) else { break };
        assert!(subnet.cidr.contains(&address) && address != subnet.gateway, "{address} of {subnet:?}");
        let edges = [subnet.cidr.network(), subnet.cidr.broadcast()];
        assert!(subnet.cidr.prefix_len() > 30 || !edges.contains(&address), "{address} of {subnet:?}");
        assert!(!subnet.aux.values().any(|aux| *aux == address), "{address} of {subnet:?}");
        cursor.advance(subnet.cidr, address);
        assert!(taken.insert(address), "{address} is handed out twice");
    }
    assert!(!taken.is_empty(), "a network without room for anybody: {:?}", network.subnets);
}

fn options(driver: Driver, text: &str) {
    let given = text.lines().filter_map(|line| line.split_once('='));
    let given: BTreeMap<String, String> = given.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    match Options::read(driver, &given) {
        Ok(read) => assert!(read.mtu.is_none_or(|mtu| mtu >= 68)),
        Err(refusal) => is_one_line(&refusal.to_string()),
    }
}

/// Each is given once, and those that were asked for come first.
fn vnis(text: &str) {
    let pinned: Vec<u32> = text.split(',').filter_map(|vni| vni.parse().ok()).collect();
    let mut pool = Pool { last_vni: pinned.last().copied() };
    let count = pinned.len() + 2;
    if let Ok(vnis) = ipam::assign(Driver::Overlay, &mut pool, &pinned, count, &BTreeSet::from([4097])) {
        assert!(vnis.starts_with(&pinned) && vnis.len() == count);
        assert_eq!(vnis.iter().collect::<BTreeSet<_>>().len(), count, "{vnis:?}");
        assert!(vnis.iter().all(|vni| ipam::OVERLAY_VNIS.contains(vni)), "{vnis:?}");
    }
}

/// Whatever a cursor remembers, addresses are handed out and given back.
fn cursor(text: &str) {
    let Ok(mut cursor) = serde_json::from_str::<Cursor>(text) else { return };
    let subnet = Subnet {
        cidr: Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 9, 0), 28),
        ip_range: None,
        gateway: Ipv4Addr::new(10, 0, 9, 1),
        aux: BTreeMap::new(),
        vni: 4097,
    };
    let network = named(Driver::Overlay, vec![subnet]);
    for _ in 0..HANDED_OUT {
        let (subnet, address) =
            ipam::choose(&network, &cursor, &BTreeSet::new(), None).expect("all addresses are free");
        assert!(ipam::hosts(subnet.cidr, None).contains(&u32::from(address)));
        cursor.advance(subnet.cidr, address);
        cursor.rest(address);
    }
    let written = serde_json::to_string(&cursor).expect("a record");
    assert_eq!(serde_json::from_str::<Cursor>(&written).expect("a record"), cursor);
}
