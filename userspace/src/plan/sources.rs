//! The lists of those who may reach published ports.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;

use super::SourcePrefix;

/// Lists of sources by number. A list keeps its number whatever other lists come and go, so that
/// entries which name it stay true while the tables change.
#[derive(Default)]
pub(super) struct Lists(BTreeMap<u32, Vec<Ipv4Net>>);

impl Lists {
    /// The number of a list; 0 for the empty one, which is open to everyone.
    pub(super) fn number(&mut self, sources: &[Ipv4Net]) -> u32 {
        if sources.is_empty() {
            return 0;
        }
        let mut list: Vec<_> = sources.iter().map(Ipv4Net::trunc).collect();
        list.sort_unstable();
        list.dedup();
        let mut number = hash(&list);
        loop {
            match self.0.entry(number.max(1)) {
                Entry::Vacant(free) => {
                    free.insert(list);
                    return number.max(1);
                }
                Entry::Occupied(there) if *there.get() == list => return number.max(1),
                Entry::Occupied(_) => number = number.wrapping_add(1),
            }
        }
    }

    /// All of them, as the table holds them.
    pub(super) fn prefixes(self) -> impl Iterator<Item = SourcePrefix> {
        self.0.into_iter().flat_map(|(list, nets)| {
            nets.into_iter().map(move |net| SourcePrefix {
                list,
                addr: net.addr().octets(),
                len: net.prefix_len(),
            })
        })
    }
}

/// FNV-1a, 32 bits.
fn hash(list: &[Ipv4Net]) -> u32 {
    let bytes = list.iter().flat_map(|net| {
        let [a, b, c, d] = Ipv4Addr::octets(&net.addr());
        [a, b, c, d, net.prefix_len()]
    });
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn equal_lists_have_one_number_and_others_another() {
        let nets = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<Ipv4Net>>();
        let mut lists = Lists::default();
        assert_eq!(lists.number(&[]), 0);
        let one = lists.number(&nets(&["10.0.0.0/8", "192.0.2.0/24"]));
        assert_eq!(lists.number(&nets(&["192.0.2.7/24", "10.0.0.0/8"])), one);
        let other = lists.number(&nets(&["10.0.0.0/8"]));
        assert!(one != 0 && other != 0 && one != other);
        assert_eq!(lists.prefixes().count(), 3);
    }
}
