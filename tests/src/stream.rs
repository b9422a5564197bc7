//! Long streams whose every byte is checked: numbered blocks of noise.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, ensure};

/// Bytes of a block.
pub const BLOCK: usize = 64 * 1024;
/// The longest that a stream may take: one that only crawls (by retransmissions) does not arrive.
const LONGEST: Duration = Duration::from_secs(120);
/// The longest that nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// One mebibyte, in blocks.
pub const MEBIBYTE: u64 = 16;

/// Sends `blocks` over a connection that `listener` accepts; every byte must arrive, in order.
///
/// # Errors
/// Says what arrived instead.
pub fn upload(connection: io::Result<TcpStream>, listener: &TcpListener, blocks: u64) -> Result<()> {
    let connection = connection.context("connecting")?;
    let (accepted, _) = listener.accept()?;
    carry(connection, accepted, blocks)
}

/// The same the other way: who listens sends.
///
/// # Errors
/// As of [`upload`].
pub fn download(connection: io::Result<TcpStream>, listener: &TcpListener, blocks: u64) -> Result<()> {
    let connection = connection.context("connecting")?;
    let (accepted, _) = listener.accept()?;
    carry(accepted, connection, blocks)
}

fn carry(from: TcpStream, to: TcpStream, blocks: u64) -> Result<()> {
    thread::scope(|scope| {
        let receiver = scope.spawn(|| receive(to, blocks));
        let sent = send(from, blocks);
        let received = receiver.join().map_err(|_| anyhow!("the receiver panicked"))?;
        received.and(sent)
    })
}

fn send(mut stream: TcpStream, blocks: u64) -> Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut block, begun) = (noise(), Instant::now());
    for number in 0..blocks {
        ensure!(begun.elapsed() < LONGEST, "{number} of {blocks} blocks were sent in {LONGEST:?}");
        block[..8].copy_from_slice(&number.to_be_bytes());
        stream.write_all(&block).with_context(|| format!("sending block {number} of {blocks}"))?;
    }
    Ok(())
}

fn receive(mut stream: TcpStream, blocks: u64) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let (mut wanted, mut block, begun) = (noise(), vec![0; BLOCK], Instant::now());
    for number in 0..blocks {
        ensure!(begun.elapsed() < LONGEST, "{number} of {blocks} blocks arrived in {LONGEST:?}");
        stream.read_exact(&mut block).with_context(|| format!("receiving block {number} of {blocks}"))?;
        wanted[..8].copy_from_slice(&number.to_be_bytes());
        ensure!(block == wanted, "block {number} is not what was sent");
    }
    ensure!(stream.read(&mut block)? == 0, "more arrived than was sent");
    Ok(())
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
