//! The mesh: packets that travel between nodes as their sender made them.

use causeway_common::{Ipv4, MESH_VNI, Mac};

/// The VNI that they travel under, and that their tuples are seen in; network order.
#[expect(clippy::cast_possible_truncation, reason = "a VNI has 24 bits")]
pub const VNI: [u8; 3] = [(MESH_VNI >> 16) as u8, (MESH_VNI >> 8) as u8, MESH_VNI as u8];

/// The MAC that names an address.
#[inline(always)]
pub const fn naming(addr: Ipv4) -> Mac {
    [0x02, 0x42, addr[0], addr[1], addr[2], addr[3]]
}

/// The address that a MAC names.
#[inline(always)]
pub const fn named(mac: &Mac) -> Ipv4 {
    [mac[2], mac[3], mac[4], mac[5]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_names_its_address() {
        assert_eq!(named(&naming([10, 9, 0, 3])), [10, 9, 0, 3]);
        assert_eq!(u32::from_be_bytes([0, VNI[0], VNI[1], VNI[2]]), MESH_VNI);
    }
}
