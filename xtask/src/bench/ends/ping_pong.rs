//! TCP ping-pong: one byte there and back. Bytes count up, so that an answer is known for its own.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{PATIENCE, told};

/// Round trips before the clock counts.
const WARM_UP: u8 = 250;

/// Sends back every byte of one connection after another.
pub(super) fn serve(listener: &TcpListener) -> Result<()> {
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        let mut byte = [0];
        while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
    }
    Ok(())
}

/// Round trips a second, and the median of their time, us.
pub(super) fn measure(address: SocketAddr, round: Duration) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    for byte in 0..WARM_UP {
        once(&mut stream, byte)?;
    }
    let (begun, mut times) = (Instant::now(), Vec::with_capacity(1 << 18));
    for byte in (0..=u8::MAX).cycle() {
        times.push(once(&mut stream, byte)?.as_nanos());
        if begun.elapsed() > round {
            break;
        }
    }
    told(times, begun.elapsed())
}

fn once(stream: &mut TcpStream, byte: u8) -> Result<Duration> {
    let (begun, mut answer) = (Instant::now(), [0]);
    stream.write_all(&[byte])?;
    stream.read_exact(&mut answer)?;
    ensure!(answer == [byte], "{answer:?} came back for {byte}");
    Ok(begun.elapsed())
}
