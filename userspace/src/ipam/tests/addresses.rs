//! Which address an endpoint gets.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{Refusal, addr, network};
use crate::{
    ipam::{Cursor, choose},
    model::Network,
};

/// A network in use.
struct Used {
    network: Network,
    cursor: Cursor,
    taken: BTreeSet<Ipv4Addr>,
}

impl Used {
    fn new(flags: &[&str]) -> Self {
        Self { network: network("web", flags), cursor: Cursor::default(), taken: BTreeSet::new() }
    }

    fn take(&mut self, wanted: Option<&str>) -> Result<Ipv4Addr, Refusal> {
        let (subnet, addr) = choose(&self.network, &self.cursor, &self.taken, wanted.map(addr))?;
        self.cursor.advance(subnet.cidr, addr);
        assert!(self.taken.insert(addr), "{addr} was taken");
        Ok(addr)
    }

    fn free(&mut self, text: &str) {
        assert!(self.taken.remove(&addr(text)));
        self.cursor.rest(addr(text));
    }
}

#[test]
fn addresses_follow_each_other_and_rest_when_freed() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/29"]);
    assert_eq!(used.take(None), Ok(addr("10.5.0.2")));
    used.free("10.5.0.2");
    for next in ["10.5.0.3", "10.5.0.4", "10.5.0.5", "10.5.0.6", "10.5.0.2"] {
        assert_eq!(used.take(None), Ok(addr(next)));
    }
    assert_eq!(used.take(None), Err(Refusal::Exhausted("web".to_owned())));
    used.free("10.5.0.4");
    assert_eq!(used.take(None), Ok(addr("10.5.0.4")));
}

#[test]
fn a_released_address_rests_while_there_are_others() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/29"]);
    for _ in 0..4 {
        used.take(None).unwrap();
    }
    // Behind the last one handed out (.5) stand .6, .2, .3: released in another order.
    for released in ["10.5.0.3", "10.5.0.2"] {
        used.free(released);
    }
    assert_eq!(used.take(None), Ok(addr("10.5.0.6")), "nobody has had it");
    used.free("10.5.0.6");
    for rested in ["10.5.0.3", "10.5.0.2", "10.5.0.6"] {
        assert_eq!(used.take(None), Ok(addr(rested)), "the longest rest first");
    }
    assert!(used.take(None).is_err());
}

#[test]
fn an_address_right_behind_the_last_rests_too() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/28"]);
    for _ in 0..13 {
        used.take(None).unwrap();
    }
    for released in ["10.5.0.9", "10.5.0.2"] {
        used.free(released);
    }
    assert_eq!(used.take(None), Ok(addr("10.5.0.9")), "the search would have met .2 first");
}

#[test]
fn a_wish_does_not_wait_for_a_rest() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/29"]);
    used.take(None).unwrap();
    used.free("10.5.0.2");
    assert_eq!(used.take(Some("10.5.0.2")), Ok(addr("10.5.0.2")));
}

#[test]
fn what_is_remembered_is_bounded_and_reads_back() {
    let mut cursor = Cursor::default();
    (0..1000_u32).for_each(|n| cursor.rest(Ipv4Addr::from(n)));
    let text = serde_json::to_string(&cursor).unwrap();
    assert!(text.len() < 64 * 24, "{}", text.len());
    assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor);
}

#[test]
fn reserved_addresses_are_passed_over() {
    let flags = [
        "--subnet",
        "10.5.0.0/28",
        "--ip-range",
        "10.5.0.8/29",
        "--gateway",
        "10.5.0.9",
        "--aux-address",
        "r=10.5.0.11",
    ];
    let mut used = Used::new(&flags);
    for next in ["10.5.0.8", "10.5.0.10", "10.5.0.12", "10.5.0.13", "10.5.0.14"] {
        assert_eq!(used.take(None), Ok(addr(next)));
    }
    assert!(used.take(None).is_err(), "10.5.0.15 is the broadcast address");
}

#[test]
fn the_second_subnet_is_used_when_the_first_is_full() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/31", "--subnet", "10.6.0.0/30"]);
    for next in ["10.5.0.1", "10.6.0.2"] {
        assert_eq!(used.take(None), Ok(addr(next)));
    }
    assert_eq!(used.take(None), Err(Refusal::Exhausted("web".to_owned())));
}

#[test]
fn wanted_addresses_are_given_if_they_can_be() {
    let mut used =
        Used::new(&["--subnet", "10.5.0.0/24", "--ip-range", "10.5.0.0/28", "--aux-address", "r=10.5.0.9"]);
    assert_eq!(used.take(Some("10.5.0.200")), Ok(addr("10.5.0.200")), "outside the range, inside the subnet");
    for (wanted, words) in [
        ("10.5.0.200", "is in use"),
        ("10.5.0.1", "is the gateway"),
        ("10.5.0.9", "is the auxiliary address 'r'"),
        ("10.5.0.0", "network or broadcast"),
        ("10.5.0.255", "network or broadcast"),
        ("10.6.0.1", "none of the subnets of network 'web' (10.5.0.0/24)"),
    ] {
        let refusal = used.take(Some(wanted)).unwrap_err().to_string();
        assert!(refusal.contains(wanted) && refusal.contains(words), "{refusal}");
    }
}

#[test]
fn large_subnets_are_used_to_their_last_address() {
    let mut used = Used::new(&["--subnet", "10.5.0.0/16"]);
    let all: BTreeSet<_> = (0..65_533).map(|_| used.take(None).unwrap()).collect();
    assert_eq!((all.first(), all.last()), (Some(&addr("10.5.0.2")), Some(&addr("10.5.255.254"))));
    assert!(used.take(None).is_err());
}
