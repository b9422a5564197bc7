//! As much as one connection takes.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::PATIENCE;

/// Bytes of a call.
const PIECE: usize = 128 << 10;

/// Takes what each connection brings, and says how much that was when it ends.
pub(super) fn serve(listener: &TcpListener) -> Result<()> {
    let mut piece = vec![0; PIECE];
    for stream in listener.incoming() {
        let (mut stream, mut all) = (stream?, 0_u64);
        while let Ok(length @ 1..) = stream.read(&mut piece) {
            all += length as u64;
        }
        // A client that has gone does not want it.
        let _ = stream.write_all(&all.to_be_bytes());
    }
    Ok(())
}

/// Gbit/s, of what arrived.
pub(super) fn measure(address: SocketAddr, round: Duration) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    for time in [TcpStream::set_write_timeout, TcpStream::set_read_timeout] {
        time(&stream, Some(PATIENCE))?;
    }
    let piece = vec![1; PIECE];
    // The window is open before the clock counts.
    let before = pour(&mut stream, &piece, round / 5)?;
    let begun = Instant::now();
    let sent = pour(&mut stream, &piece, round)?;
    let took = begun.elapsed();
    let arrived = finish(&mut stream)?;
    ensure!(arrived == before + sent, "of {} bytes {arrived} arrived", before + sent);
    Ok(vec![sent as f64 * 8.0 / took.as_secs_f64() / 1e9])
}

fn pour(stream: &mut TcpStream, piece: &[u8], during: Duration) -> Result<u64> {
    let (begun, mut sent) = (Instant::now(), 0);
    while begun.elapsed() < during {
        stream.write_all(piece)?;
        sent += piece.len() as u64;
    }
    Ok(sent)
}

/// What the other end has got in all.
fn finish(stream: &mut TcpStream) -> Result<u64> {
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut all = [0; 8];
    stream.read_exact(&mut all)?;
    Ok(u64::from_be_bytes(all))
}
