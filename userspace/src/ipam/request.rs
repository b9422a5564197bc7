//! From what a user asks for to the subnets of a network.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::{Refusal, address, pool};
use crate::model::{Driver, Network, Subnet};

/// The part of a network's request that is about addresses; lists are as given by the user.
#[derive(Clone, Copy, Debug)]
pub struct SubnetRequest<'r> {
    /// Whose pools a subnet is chosen from.
    pub driver: Driver,
    /// `--subnet`; `0.0.0.0/N` stands for any subnet with prefix N; one from the pool if empty.
    pub subnets: &'r [Ipv4Net],
    /// `--ip-range`, at most one for each subnet.
    pub ip_ranges: &'r [Ipv4Net],
    /// `--gateway`, at most one for each subnet.
    pub gateways: &'r [Ipv4Addr],
    /// `--aux-address NAME=IP`.
    pub aux: &'r BTreeMap<String, Ipv4Addr>,
    /// Where services get their virtual addresses, once there is one.
    pub vips: Option<Ipv4Net>,
}

/// Reads a subnet as users type it.
///
/// # Errors
/// [`Refusal::Ipv6`] for an IPv6 one, [`Refusal::NotCidr`] for anything else.
pub fn parse_cidr(text: &str) -> Result<Ipv4Net, Refusal> {
    match text.parse() {
        Ok(IpNet::V4(net)) => Ok(net),
        Ok(IpNet::V6(_)) => Err(Refusal::Ipv6(text.to_owned())),
        Err(_) => Err(Refusal::NotCidr(text.to_owned())),
    }
}

/// The subnets of a new network, their VNIs still 0. They overlap none of `networks`. `avoid` holds what a chosen subnet should not
/// overlap though it is no network of ours: routes and name servers of the host, the underlay.
///
/// # Errors
/// A [`Refusal`] that names what is wrong with the request.
pub fn subnets<'n>(
    request: &SubnetRequest<'_>,
    networks: impl Iterator<Item = &'n Network> + Clone,
    avoid: &[Ipv4Net],
) -> Result<Vec<Subnet>, Refusal> {
    let mut subnets: Vec<_> = cidrs(request, networks, avoid)?.into_iter().map(bare).collect();
    request.ip_ranges.iter().try_for_each(|range| place_range(&mut subnets, *range))?;
    let gateways = place_gateways(&subnets, request.gateways)?;
    for (name, addr) in request.aux {
        place_aux(&mut subnets, name, *addr)?;
    }
    for (index, subnet) in subnets.iter_mut().enumerate() {
        settle_gateway(subnet, gateways.get(&index).copied())?;
    }
    Ok(subnets)
}

fn bare(cidr: Ipv4Net) -> Subnet {
    Subnet { cidr, ip_range: None, gateway: Ipv4Addr::UNSPECIFIED, aux: BTreeMap::new(), vni: 0 }
}

fn cidrs<'n>(
    request: &SubnetRequest<'_>,
    networks: impl Iterator<Item = &'n Network> + Clone,
    avoid: &[Ipv4Net],
) -> Result<Vec<Ipv4Net>, Refusal> {
    let named: Vec<_> = request.subnets.iter().copied().filter(|s| !is_any(*s)).collect();
    named.iter().try_for_each(|s| valid(*s))?;
    named.iter().try_for_each(|s| apart(*s, networks.clone()))?;
    named.iter().try_for_each(|s| apart_from_vips(*s, request.vips))?;
    for (i, a) in named.iter().enumerate() {
        if let Some(b) = named.iter().take(i).find(|b| pool::overlap(*a, **b)) {
            return Err(Refusal::OverlapsItself(*b, *a));
        }
    }
    let mut used: Vec<_> = networks.flat_map(|n| &n.subnets).map(|s| s.cidr).collect();
    let chosen_around = avoid.iter().filter(|a| a.prefix_len() > 0).chain(&named).copied();
    used.extend(chosen_around.chain(request.vips));
    chosen(request, used)
}

/// Fills in the subnets that the user left open.
fn chosen(request: &SubnetRequest<'_>, mut used: Vec<Ipv4Net>) -> Result<Vec<Ipv4Net>, Refusal> {
    if request.subnets.is_empty() {
        return Ok(vec![pool::take(request.driver, None, &used)?]);
    }
    let mut take = |prefix| pool::take(request.driver, Some(prefix), &used).inspect(|s| used.push(*s));
    request.subnets.iter().map(|s| if is_any(*s) { take(s.prefix_len()) } else { Ok(*s) }).collect()
}

/// Docker's `0.0.0.0/N`: any subnet with prefix N.
fn is_any(subnet: Ipv4Net) -> bool {
    subnet.addr().is_unspecified()
}

fn valid(subnet: Ipv4Net) -> Result<(), Refusal> {
    let (addr, meant) = (subnet.network(), subnet.trunc());
    if subnet != meant {
        return Err(Refusal::HostBits { given: subnet, meant });
    }
    let special =
        [Ipv4Net::new_assert(Ipv4Addr::new(0, 0, 0, 0), 8), Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8)];
    let special = special.iter().any(|s| pool::overlap(s.trunc(), subnet));
    // 224.0.0.0 and above: multicast (RFC 5771), reserved (RFC 1112), broadcast.
    if special || addr.octets()[0] >= 224 || subnet.broadcast().octets()[0] >= 224 {
        return Err(Refusal::NotUnicast(subnet));
    }
    Ok(())
}

fn apart<'n>(subnet: Ipv4Net, mut networks: impl Iterator<Item = &'n Network>) -> Result<(), Refusal> {
    let clash = networks.find_map(|n| {
        let other = n.subnets.iter().find(|s| pool::overlap(s.cidr, subnet))?;
        Some(Refusal::OverlapsNetwork { given: subnet, other: other.cidr, network: n.name.clone() })
    });
    clash.map_or(Ok(()), Err)
}

fn apart_from_vips(given: Ipv4Net, vips: Option<Ipv4Net>) -> Result<(), Refusal> {
    match vips.filter(|pool| pool::overlap(*pool, given)) {
        Some(pool) => Err(Refusal::OverlapsVips { given, pool }),
        None => Ok(()),
    }
}

/// Sees that virtual addresses of `pool` would be in none of `networks`.
///
/// # Errors
/// [`Refusal::VipsOverlap`].
pub fn check_vip_pool<'n>(pool: Ipv4Net, networks: impl Iterator<Item = &'n Network>) -> Result<(), Refusal> {
    apart(pool, networks).map_err(|refusal| match refusal {
        Refusal::OverlapsNetwork { other, network, .. } => Refusal::VipsOverlap { pool, other, network },
        refusal => refusal,
    })
}

fn place_range(subnets: &mut [Subnet], range: Ipv4Net) -> Result<(), Refusal> {
    if range != range.trunc() {
        return Err(Refusal::RangeHostBits { given: range, meant: range.trunc() });
    }
    let home = subnets.iter_mut().find(|s| s.cidr.contains(&range));
    let subnet = home.ok_or(Refusal::RangeOutside(range))?;
    match subnet.ip_range.replace(range) {
        Some(_) => Err(Refusal::TwoRanges(subnet.cidr)),
        None => Ok(()),
    }
}

/// The given gateways by the index of their subnet.
fn place_gateways(subnets: &[Subnet], gateways: &[Ipv4Addr]) -> Result<BTreeMap<usize, Ipv4Addr>, Refusal> {
    let mut placed = BTreeMap::new();
    for gateway in gateways {
        let home = subnets.iter().enumerate().find(|(_, s)| s.cidr.contains(gateway));
        let (index, subnet) = home.ok_or(Refusal::GatewayOutside(*gateway))?;
        if !address::hosts(subnet.cidr, None).contains(&u32::from(*gateway)) {
            return Err(Refusal::GatewayReserved { addr: *gateway, subnet: subnet.cidr });
        }
        if placed.insert(index, *gateway).is_some() {
            return Err(Refusal::TwoGateways(subnet.cidr));
        }
    }
    Ok(placed)
}

fn place_aux(subnets: &mut [Subnet], name: &str, addr: Ipv4Addr) -> Result<(), Refusal> {
    let home = subnets.iter_mut().find(|s| s.cidr.contains(&addr));
    let subnet = home.ok_or_else(|| Refusal::AuxOutside { name: name.to_owned(), addr })?;
    subnet.aux.insert(name.to_owned(), addr);
    Ok(())
}

/// Sets the gateway, by default the first address that is free, and sees that one is left over.
fn settle_gateway(subnet: &mut Subnet, given: Option<Ipv4Addr>) -> Result<(), Refusal> {
    if let Some(gateway) = given
        && let Some((name, addr)) = subnet.aux.iter().find(|(_, aux)| **aux == gateway)
    {
        return Err(Refusal::AuxIsGateway { name: name.clone(), addr: *addr });
    }
    let mut free = address::hosts(subnet.cidr, subnet.ip_range)
        .map(Ipv4Addr::from)
        .filter(|addr| Some(*addr) != given && !subnet.aux.values().any(|aux| aux == addr));
    let gateway = given.or_else(|| free.next());
    let left = free.next();
    match (gateway, left) {
        (Some(gateway), Some(_)) if subnet.cidr.prefix_len() < 32 => subnet.gateway = gateway,
        _ => return Err(Refusal::TooSmall(subnet.cidr)),
    }
    Ok(())
}
