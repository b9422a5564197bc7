//! The pool that subnets are taken from where the user names none.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::Refusal;

/// Docker's pool for networks of global scope; each network gets a /24 of it unless told otherwise.
pub const POOL: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8);

/// Prefix of a subnet that nobody asked for.
pub(super) const DEFAULT_PREFIX: u8 = 24;

/// Never chosen (though it may be asked for): a Docker swarm on the same hosts gives this subnet to
/// its ingress network, so the first network has 10.0.1.0/24 here as it has there.
const INGRESS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 24);

/// The first subnet of the pool with this prefix that overlaps nothing of `used`.
pub(super) fn take(prefix: u8, used: &[Ipv4Net]) -> Result<Ipv4Net, Refusal> {
    let exhausted = || Refusal::PoolExhausted(prefix);
    let mut candidate = Ipv4Net::new(POOL.network(), prefix).map_err(|_| exhausted())?;
    while POOL.contains(&candidate) {
        let Some(last) = last_overlap(candidate, used) else { return Ok(candidate) };
        candidate = after(last, prefix).ok_or_else(exhausted)?;
    }
    Err(exhausted())
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

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_free_subnet_is_taken() {
        assert_eq!(take(24, &[]), Ok(net("10.0.1.0/24")));
        assert_eq!(take(24, &[net("10.0.1.0/24"), net("10.0.3.0/24")]), Ok(net("10.0.2.0/24")));
        assert_eq!(take(24, &[net("10.0.0.0/16")]), Ok(net("10.1.0.0/24")));
        assert_eq!(take(16, &[net("10.1.200.0/24")]), Ok(net("10.2.0.0/16")));
        assert_eq!(take(28, &[net("10.0.1.0/30")]), Ok(net("10.0.1.16/28")));
    }

    #[test]
    fn a_full_pool_says_so() {
        assert_eq!(take(24, &[POOL]), Err(Refusal::PoolExhausted(24)));
        assert_eq!(take(24, &[net("0.0.0.0/0")]), Err(Refusal::PoolExhausted(24)));
        assert_eq!(take(4, &[]), Err(Refusal::PoolExhausted(4)));
    }

    #[test]
    fn the_pools_last_subnet_is_usable() {
        let used: Vec<_> = POOL.subnets(24).unwrap().filter(|n| *n != net("10.255.255.0/24")).collect();
        // In one piece, since each overlap is looked for among all of them.
        let blocks = Ipv4Net::aggregate(&used);
        assert_eq!(take(24, &blocks), Ok(net("10.255.255.0/24")));
    }
}
