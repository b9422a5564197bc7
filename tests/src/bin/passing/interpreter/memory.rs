//! Memory as a program sees it: regions under addresses that are made up, each access checked against its region.
//!
//! ```text
//!  an address: | region, 32 bits | offset, 32 bits |
//!  regions:    0 none | 1 code | 2 context | 3 packet | 4 to 11 stack frames | 12 and on: maps, values of maps
//! ```
//!
//! A null pointer and what is near it lead nowhere. A region with no bytes has an address all the same, which can be
//! handed around: so have functions and maps, and frames of functions that do not run.

use std::ops::Range;

use anyhow::{Context as _, Result, ensure};

/// Where functions are: the offset is the instruction's number.
pub(crate) const CODE: u64 = 1 << REGION;
/// Where `struct xdp_md` is.
pub(crate) const CONTEXT: u64 = 2 << REGION;
/// The first region that [`Memory::add`] gives.
pub(crate) const FIRST_ADDED: u64 = FRAMES + DEPTH;

/// Bits of an offset.
const REGION: u32 = 32;
const PACKET: usize = 3;
const FRAMES: u64 = 4;
/// Functions that may have called one another (`MAX_CALL_FRAMES`), and bytes of each one's stack
/// (`MAX_BPF_STACK`).
const DEPTH: u64 = 8;
const FRAME: usize = 512;
/// Bytes in front of a packet (`XDP_PACKET_HEADROOM`), and the fewest that it has (`ETH_HLEN`).
const HEADROOM: usize = 256;
const FEWEST: usize = 14;

/// Bytes that lie together.
#[derive(Default)]
struct Region {
    bytes: Vec<u8>,
    /// The first one that is valid: in front of a packet there is room.
    start: usize,
    is_constant: bool,
}

/// All regions of one run.
pub(crate) struct Memory {
    regions: Vec<Region>,
    /// Functions that run.
    depth: u64,
    ifindex: u32,
}

impl Memory {
    /// Memory with a packet that came in on an interface.
    pub(crate) fn new(packet: &[u8], ifindex: u32) -> Self {
        let mut regions: Vec<Region> = (0..FIRST_ADDED).map(|_| Region::default()).collect();
        let bytes = [&[0; HEADROOM], packet].concat();
        regions[PACKET] = Region { bytes, start: HEADROOM, is_constant: false };
        Self { regions, depth: 0, ifindex }
    }

    /// A new region's address.
    pub(crate) fn add(&mut self, bytes: Vec<u8>, is_constant: bool) -> u64 {
        self.regions.push(Region { bytes, start: 0, is_constant });
        (self.regions.len() as u64 - 1) << REGION
    }

    /// A function begins: where its stack ends.
    pub(crate) fn enter(&mut self) -> Result<u64> {
        ensure!(self.depth < DEPTH, "more than {DEPTH} functions call one another");
        let frame = FRAMES + self.depth;
        self.depth += 1;
        self.frame(frame).resize(FRAME, 0);
        Ok((frame << REGION) + FRAME as u64)
    }

    /// The function ends, and its stack with it.
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
        self.frame(FRAMES + self.depth).clear();
    }

    #[expect(clippy::cast_possible_truncation, reason = "frames are few")]
    fn frame(&mut self, frame: u64) -> &mut Vec<u8> {
        &mut self.regions[frame as usize].bytes
    }

    /// So many bytes as a number.
    pub(crate) fn load(&self, address: u64, size: usize) -> Result<u64> {
        if address >> REGION == CONTEXT >> REGION {
            return self.of_context(address - CONTEXT, size);
        }
        let mut word = [0; 8];
        word[..size].copy_from_slice(self.bytes(address, size)?);
        Ok(u64::from_le_bytes(word))
    }

    /// A field of the context: 32 bits wide, but what is loaded is a whole pointer, since the kernel makes a load of
    /// its own structure of it.
    fn of_context(&self, offset: u64, size: usize) -> Result<u64> {
        let packet = &self.regions[PACKET];
        let at = |offset: usize| ((PACKET as u64) << REGION) + offset as u64;
        match (offset, size) {
            // Nothing stands in front of the packet: `data_meta` is `data`.
            (0 | 8, 4) => Some(at(packet.start)),
            (4, 4) => Some(at(packet.bytes.len())),
            (12, 4) => Some(self.ifindex.into()),
            (16, 4) => Some(0),
            _ => None,
        }
        .with_context(|| format!("the context has no {size} bytes at {offset}"))
    }

    /// Bytes.
    pub(crate) fn bytes(&self, address: u64, size: usize) -> Result<&[u8]> {
        let (region, range) = self.place(address, size)?;
        Ok(&self.regions[region].bytes[range])
    }

    /// Writes a number's lowest bytes.
    pub(crate) fn store(&mut self, address: u64, size: usize, value: u64) -> Result<()> {
        let (region, range) = self.place(address, size)?;
        let Region { bytes, is_constant, .. } = &mut self.regions[region];
        ensure!(!*is_constant, "{size} bytes at {address:#x} are constant");
        bytes[range].copy_from_slice(&value.to_le_bytes()[..size]);
        Ok(())
    }

    fn place(&self, address: u64, size: usize) -> Result<(usize, Range<usize>)> {
        let number = usize::try_from(address >> REGION)?;
        let first = usize::try_from(address & u64::from(u32::MAX))?;
        let is_within =
            |region: &Region| region.start <= first && first.saturating_add(size) <= region.bytes.len();
        ensure!(self.regions.get(number).is_some_and(is_within), "{size} bytes at {address:#x} are nobody's");
        Ok((number, first..first + size))
    }

    /// Moves the packet's start (`bpf_xdp_adjust_head`); whether there was room.
    pub(crate) fn adjust_head(&mut self, by: i32) -> bool {
        let packet = &mut self.regions[PACKET];
        let start = isize::try_from(by).ok().and_then(|by| packet.start.checked_add_signed(by));
        let moved = start.filter(|start| start + FEWEST <= packet.bytes.len());
        packet.start = moved.unwrap_or(packet.start);
        moved.is_some()
    }

    /// Bytes of the packet.
    pub(crate) fn packet_len(&self) -> u64 {
        let packet = &self.regions[PACKET];
        (packet.bytes.len() - packet.start) as u64
    }
}
