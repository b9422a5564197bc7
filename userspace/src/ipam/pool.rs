//! The pools that subnets are taken from where the user names none.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::Refusal;
use crate::model::Driver;

/// A block of addresses, and the prefix of the subnets that are cut from it unless another is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    net: Ipv4Net,
    prefix: u8,
}

const fn block(a: u8, b: u8, length: u8, prefix: u8) -> Block {
    Block { net: Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), length), prefix }
}

/// Docker's pool for networks of global scope.
const GLOBAL: &[Block] = &[block(10, 0, 8, 24)];

/// Docker's pools for networks of local scope: 31 networks.
const LOCAL: &[Block] = &[
    block(172, 17, 16, 16),
    block(172, 18, 16, 16),
    block(172, 19, 16, 16),
    block(172, 20, 14, 16),
    block(172, 24, 14, 16),
    block(172, 28, 14, 16),
    block(192, 168, 16, 20),
];

/// Never chosen (though it may be asked for): a Docker swarm on the same hosts gives this subnet to
/// its ingress network, so the first network has 10.0.1.0/24 here as it has there.
const INGRESS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 24);

/// The first subnet of the driver's pools, with the prefix that is asked for if one is, that overlaps
/// nothing of `used`.
pub(super) fn take(driver: Driver, prefix: Option<u8>, used: &[Ipv4Net]) -> Result<Ipv4Net, Refusal> {
    let (blocks, pools) = match driver {
        Driver::Overlay => (GLOBAL, "10.0.0.0/8"),
        Driver::Bridge => (LOCAL, "172.17.0.0 to 172.31.255.255 and 192.168.0.0/16"),
    };
    let free = blocks.iter().find_map(|block| cut(block.net, prefix.unwrap_or(block.prefix), used));
    let size = || prefix.map_or_else(String::new, |p| format!(" with prefix /{p}"));
    free.ok_or_else(|| Refusal::PoolExhausted { size: size(), pools })
}

/// The first subnet of `net` with this prefix that overlaps nothing of `used`.
fn cut(net: Ipv4Net, prefix: u8, used: &[Ipv4Net]) -> Option<Ipv4Net> {
    let mut candidate = Ipv4Net::new(net.network(), prefix).ok()?;
    while net.contains(&candidate) {
        let Some(last) = last_overlap(candidate, used) else { return Some(candidate) };
        candidate = after(last, prefix)?;
    }
    None
}

/// The last address of whatever overlaps `candidate` and reaches furthest.
fn last_overlap(candidate: Ipv4Net, used: &[Ipv4Net]) -> Option<Ipv4Addr> {
    let all = used.iter().chain([&INGRESS]);
    all.filter(|u| overlap(**u, candidate)).map(|u| u.broadcast().max(candidate.broadcast())).max()
}

/// The first subnet with this prefix behind `last`.
fn after(last: Ipv4Addr, prefix: u8) -> Option<Ipv4Net> {
    let start = u32::from(last).checked_add(1)?;
    Ipv4Net::new(Ipv4Addr::from(start), prefix).ok()
}

/// Whether two subnets share an address: then one contains the other.
pub(super) fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const ALL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8);

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    fn global(prefix: u8, used: &[Ipv4Net]) -> Result<Ipv4Net, String> {
        take(Driver::Overlay, Some(prefix), used).map_err(|refusal| refusal.to_string())
    }

    fn local(prefix: Option<u8>, used: &[Ipv4Net]) -> Result<Ipv4Net, String> {
        take(Driver::Bridge, prefix, used).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn the_first_free_subnet_is_taken() {
        assert_eq!(take(Driver::Overlay, None, &[]), Ok(net("10.0.1.0/24")));
        assert_eq!(global(24, &[net("10.0.1.0/24"), net("10.0.3.0/24")]), Ok(net("10.0.2.0/24")));
        assert_eq!(global(24, &[net("10.0.0.0/16")]), Ok(net("10.1.0.0/24")));
        assert_eq!(global(16, &[net("10.1.200.0/24")]), Ok(net("10.2.0.0/16")));
        assert_eq!(global(28, &[net("10.0.1.0/30")]), Ok(net("10.0.1.16/28")));
    }

    #[test]
    fn a_full_pool_says_so() {
        let refusal = global(24, &[ALL]).unwrap_err();
        assert!(refusal.contains("prefix /24") && refusal.contains("10.0.0.0/8"), "{refusal}");
        assert_eq!(global(24, &[net("0.0.0.0/0")]), Err(refusal));
        assert!(global(4, &[]).is_err(), "larger than the pool");
    }

    #[test]
    fn the_pools_last_subnet_is_usable() {
        let used: Vec<_> = ALL.subnets(24).unwrap().filter(|n| *n != net("10.255.255.0/24")).collect();
        // In one piece, since each overlap is looked for among all of them.
        let blocks = Ipv4Net::aggregate(&used);
        assert_eq!(global(24, &blocks), Ok(net("10.255.255.0/24")));
    }

    #[test]
    fn bridge_networks_get_dockers_31_subnets_in_its_order() {
        let mut used = Vec::new();
        while let Ok(subnet) = local(None, &used) {
            used.push(subnet);
        }
        let sixteens = (17..=31).map(|b| net(&format!("172.{b}.0.0/16")));
        let twenties = (0..16).map(|c| net(&format!("192.168.{}.0/20", c * 16)));
        assert_eq!(used, sixteens.chain(twenties).collect::<Vec<_>>());
        let refusal = local(None, &used).unwrap_err();
        assert!(refusal.contains("192.168.0.0/16") && refusal.contains("--subnet"), "{refusal}");
    }

    #[test]
    fn bridge_networks_avoid_what_the_host_uses() {
        let used = [net("172.17.5.0/24"), net("172.18.0.1/32"), net("172.20.0.0/14")];
        assert_eq!(local(None, &used), Ok(net("172.19.0.0/16")));
        assert_eq!(local(None, &[net("172.16.0.0/12")]), Ok(net("192.168.0.0/20")));
        assert_eq!(local(Some(24), &used), Ok(net("172.17.0.0/24")));
        assert_eq!(local(Some(15), &used), Ok(net("172.24.0.0/15")), "the blocks before are too small");
    }
}
