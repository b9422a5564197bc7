//! What the bench of the road on the uplink and its programs in the kernel agree on.

/// Slot of the `BENCH` map: frames made so far.
pub const NEXT: u32 = 0;
/// Slot of the `BENCH` map: frames that came back.
pub const SWALLOWED: u32 = 1;
/// The most conversations: so many pairs of an address and a port clients have.
pub const MOST_FLOWS: u32 = 1 << 20;
/// The first service's port; the others' follow it.
pub const FIRST_PORT: u16 = 20_000;
/// Frames in one run of the program that measures.
pub const TURNS: u32 = 64;
/// Bytes of a client's frame, as they are without the checksum of Ethernet.
pub const FRAME_LEN: usize = 60;
/// Bytes of an answer's frame as it comes out of the mesh.
pub const ANSWER_LEN: usize = FRAME_LEN + 50;
/// Index of the node that has all backends.
pub const OTHER: u32 = 1;

/// A number of any size as one below `count`: all are met equally often.
#[must_use]
pub const fn among(number: u32, count: u32) -> u32 {
    ((number as u64 * count as u64) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::among;

    #[test]
    fn numbers_fall_among_so_many() {
        assert_eq!([0, 1 << 31, u32::MAX].map(|number| among(number, 1_000)), [0, 500, 999]);
        assert_eq!(among(u32::MAX, 1), 0);
    }
}
