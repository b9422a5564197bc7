//! Long streams whose every byte is checked: numbered blocks of noise.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::cast::Container;

/// Bytes of a block.
const BLOCK: usize = 64 * 1024;
/// The longest that a stream may take: one that only crawls (by retransmissions) does not arrive.
const LONGEST: Duration = Duration::from_secs(120);
/// One mebibyte, in blocks.
pub(crate) const MEBIBYTE: u64 = 16;

/// Sends `blocks` from one container to another over TCP; every byte must arrive, in order.
pub(crate) fn transfer(from: &Container, to: &Container, port: u16, blocks: u64) {
    let listener = to.listener(port);
    let sender = from.connect((to.ip, port)).unwrap();
    thread::scope(|scope| {
        let receiver = scope.spawn(|| receive(&listener, blocks));
        send(sender, blocks);
        receiver.join().unwrap();
    });
}

fn send(mut stream: TcpStream, blocks: u64) {
    stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut block, begun) = (noise(), Instant::now());
    for number in 0..blocks {
        assert!(begun.elapsed() < LONGEST, "{number} of {blocks} blocks were sent in {LONGEST:?}");
        block[..8].copy_from_slice(&number.to_be_bytes());
        stream.write_all(&block).unwrap();
    }
}

fn receive(listener: &TcpListener, blocks: u64) {
    let mut stream = listener.accept().unwrap().0;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let (mut wanted, mut block, begun) = (noise(), vec![0; BLOCK], Instant::now());
    for number in 0..blocks {
        assert!(begun.elapsed() < LONGEST, "{number} of {blocks} blocks arrived in {LONGEST:?}");
        stream.read_exact(&mut block).unwrap();
        wanted[..8].copy_from_slice(&number.to_be_bytes());
        assert!(block == wanted, "block {number} is not what was sent");
    }
    assert_eq!(stream.read(&mut block).unwrap(), 0, "more arrived than was sent");
}

/// Bytes that no header looks like and no compression or repetition imitates (xorshift64).
fn noise() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(BLOCK);
    while bytes.len() < BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}
