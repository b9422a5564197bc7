//! The mesh: packets that travel between nodes as their sender made them.
//!
//! The inner Ethernet header says what the packet itself does not:
//!
//! ```text
//!                                  destination                    source
//!  to a backend                    the backend's MAC              02:42 and the backend's address
//!  the same, asking whether the
//!  conversation is the backend's   the backend's MAC              02:43 and the backend's address
//!  back, since it is not           02:42 and the VTEP it came by  02:44 and the backend's address
//!  an answer                       02:42 and the VTEP it came by  the backend's gateway's MAC
//! ```

use causeway_common::{Ipv4, MESH_VNI, Mac};

/// The VNI that they travel under, and that their tuples are seen in; network order.
#[expect(clippy::cast_possible_truncation, reason = "a VNI has 24 bits")]
pub const VNI: [u8; 3] = [(MESH_VNI >> 16) as u8, (MESH_VNI >> 8) as u8, MESH_VNI as u8];

/// What a packet says to the node that gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Nothing but where it goes.
    Plain,
    /// Is its conversation the backend's? If not, it is wanted back.
    Asks,
    /// Its conversation is not the backend's that was asked.
    Unknown,
}

/// The MAC that names an address.
#[inline(always)]
pub const fn naming(addr: Ipv4) -> Mac {
    marked(addr, Mark::Plain)
}

/// The same with a mark.
#[inline(always)]
pub const fn marked(addr: Ipv4, mark: Mark) -> Mac {
    let second: u64 = match mark {
        Mark::Plain => 0x42,
        Mark::Asks => 0x43,
        Mark::Unknown => 0x44,
    };
    // One load of the address, not four.
    let bytes = 0x02 | second << 8 | (u32::from_le_bytes(addr) as u64) << 16;
    let [a, b, c, d, e, f, ..] = bytes.to_le_bytes();
    [a, b, c, d, e, f]
}

/// The address that a MAC names.
#[inline(always)]
pub const fn named(mac: &Mac) -> Ipv4 {
    [mac[2], mac[3], mac[4], mac[5]]
}

/// The mark of a MAC that names an address.
#[inline(always)]
pub const fn mark(mac: &Mac) -> Mark {
    match (mac[0], mac[1]) {
        (0x02, 0x43) => Mark::Asks,
        (0x02, 0x44) => Mark::Unknown,
        _ => Mark::Plain,
    }
}

/// Whether a packet is for the node itself that has a VTEP, and not for one of its backends.
#[inline(always)]
pub const fn is_for_node(dst: &Mac, vtep: Ipv4) -> bool {
    let own = u32::from_ne_bytes(vtep);
    dst[0] == 0x02 && dst[1] == 0x42 && u32::from_ne_bytes(named(dst)) == own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_names_its_address_and_bears_its_mark() {
        let addr = [10, 9, 0, 3];
        assert_eq!(named(&naming(addr)), addr);
        for of in [Mark::Plain, Mark::Asks, Mark::Unknown] {
            assert_eq!((named(&marked(addr, of)), mark(&marked(addr, of))), (addr, of));
        }
        assert_eq!(u32::from_be_bytes([0, VNI[0], VNI[1], VNI[2]]), MESH_VNI);
    }

    #[test]
    fn a_node_knows_what_is_for_itself() {
        let vtep = [198, 18, 0, 1];
        assert!(is_for_node(&naming(vtep), vtep));
        assert!(!is_for_node(&naming([10, 9, 0, 3]), vtep));
        assert!(!is_for_node(&marked(vtep, Mark::Asks), vtep));
    }
}
