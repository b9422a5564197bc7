//! Frames, as the programs in the kernel take them apart, step by step: `u` from the uplink, `c` from a container
//! (behind two bytes: the payload of a GSO packet's segments), `f` packets of conversations.
//!
//! What is let in lies within the frame; a checksum that was right stays right, whatever is changed under it.

mod container;
mod conversation;
mod tunnel;

/// Bytes of Ethernet.
const ETHERNET: usize = 14;
/// Bytes of IPv4 without options, and where what follows it begins.
const IP: usize = 20;
const TRANSPORT: usize = ETHERNET + IP;

/// Takes a frame apart.
pub fn run(input: &[u8]) {
    match input {
        [b'u', frame @ ..] => tunnel::from_uplink(frame.to_vec()),
        [b'c', high, low, frame @ ..] => {
            container::from_container(frame.to_vec(), u16::from_be_bytes([*high, *low]));
        }
        [b'f', frame @ ..] => conversation::all(frame),
        _ => {}
    }
}

/// A word of a frame.
fn word(frame: &[u8], at: usize) -> u32 {
    u32::from(u16::from_be_bytes([frame[at], frame[at + 1]]))
}

fn length(frame: &[u8]) -> u32 {
    u32::try_from(frame.len()).expect("a frame")
}
