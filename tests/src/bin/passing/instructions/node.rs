//! A node with one port of the mesh, its tables encoded by hand (`common/src`, `repr(C)`), as
//! [`crate::tables`] fills them: 1 service, 100 backends, all on another node.

use causeway_common::{
    bench::{FIRST_PORT, OTHER},
    node::RESOLVED,
    service::ACTIVE,
    settings::INGRESS,
};

use crate::interpreter::Tables;

/// This node and the other one, the uplink, and the MACs of both ends of the way between them.
pub(super) const VTEP: [u8; 4] = [198, 51, 100, 1];
const OTHER_VTEP: [u8; 4] = [198, 51, 100, 2];
pub(super) const IFINDEX: u32 = 80;
const UPLINK_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const NEXT_HOP: [u8; 6] = [2, 0, 0, 0, 0, 2];
/// The service: its number, its port, the slot of its entry, its ring and its backends.
const SERVICE: u32 = 1;
const PORT: u32 = FIRST_PORT as u32;
const SLOT: u32 = 1;
const SLOTS: u32 = 65_536;
const BACKENDS: u32 = 100;
/// The backends' network.
const VNI: u32 = 4097;

/// The node's tables.
pub(super) struct Node;

impl Tables for Node {
    fn array(&self, map: &str, index: u32) -> Option<Vec<u8>> {
        match (map, index) {
            ("SETTINGS", 0) => Some(settings()),
            ("INGRESS_PORTS", PORT) => Some(SLOT.to_le_bytes().to_vec()),
            ("INGRESS_SLOTS", SLOT) => Some(ingress()),
            ("RINGS", block) if block < SLOTS / 32 => Some(ring(block)),
            ("BACKENDS", 1..=BACKENDS) => Some(backend(index)),
            ("NODES", number) if number == OTHER => Some(node()),
            _ => None,
        }
    }
}

/// `Settings`, 40 bytes.
fn settings() -> Vec<u8> {
    let (cookie, host, generation) = (0_u64, 50_u32, 1_u32);
    let (first_port, ports, mtu) = (60_000_u16, 1_000_u16, 1_500_u16);
    let mut value = cookie.to_le_bytes().to_vec();
    value.extend([host, generation].map(u32::to_le_bytes).concat());
    value.extend([2, 0, 0, 0, 0, 0x50]);
    value.extend([INGRESS, first_port, ports].map(u16::to_le_bytes).concat());
    value.extend([0; 8]);
    value.extend([mtu, 0].map(u16::to_le_bytes).concat());
    value.resize(40, 0);
    value
}

/// `Ingress`, 36 bytes: its ring is settled, everyone may ask, at every address.
fn ingress() -> Vec<u8> {
    let mut value = vec![10, 255, 0, 1];
    value.extend([SERVICE, 0, SLOTS, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
    value.extend(80_u16.to_be_bytes());
    value.extend(0_u16.to_le_bytes());
    value
}

/// `RingBlock`, 64 bytes.
fn ring(block: u32) -> Vec<u8> {
    let among = |slot: u32| (u64::from(slot.wrapping_mul(0x9e37_79b1)) * u64::from(BACKENDS)) >> 32;
    (block * 32..).take(32).flat_map(|slot| [1 + among(slot).to_le_bytes()[0], 0]).collect()
}

/// `Backend`, 24 bytes.
fn backend(index: u32) -> Vec<u8> {
    let [_, _, c, d] = index.to_be_bytes();
    let mut value = vec![10, 5, c, d];
    value.extend([VNI, OTHER].map(u32::to_le_bytes).concat());
    value.extend([2, 0x42, 10, 5, c, d]);
    value.extend(ACTIVE.to_le_bytes());
    value.extend(SERVICE.to_le_bytes());
    value
}

/// `Node`, 64 bytes.
fn node() -> Vec<u8> {
    let ip = [&[0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0], &VTEP[..], &OTHER_VTEP].concat();
    let mut value = [&NEXT_HOP[..], &UPLINK_MAC, &[8, 0], &ip].concat();
    value.extend([0, 0, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
    value.extend(sum(&ip).to_le_bytes());
    value.extend([RESOLVED, IFINDEX].map(u32::to_le_bytes).concat());
    value.extend(OTHER_VTEP);
    value
}

/// RFC 1071, not inverted.
fn sum(bytes: &[u8]) -> u16 {
    let add = |sum: u16, word: &[u8; 2]| {
        let (sum, carries) = sum.overflowing_add(u16::from_be_bytes(*word));
        sum + u16::from(carries)
    };
    bytes.as_chunks().0.iter().fold(0, add)
}
