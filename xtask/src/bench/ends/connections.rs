//! Connections that come and go: connect, one request, close.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// Connections before the clock counts.
const WARM_UP: u32 = 200;

/// Answers one byte of each connection, and closes it. The server closes first, so that it is not the client whose
/// ports rest (`TIME_WAIT`) and run out.
pub(super) fn serve(listener: &TcpListener) -> Result<()> {
    for stream in listener.incoming() {
        let (mut stream, mut byte) = (stream?, [0]);
        if stream.read_exact(&mut byte).is_ok() {
            // A client that has gone does not want it.
            let _ = stream.write_all(&byte);
        }
    }
    Ok(())
}

/// Connections a second.
pub(super) fn measure(address: SocketAddr, round: Duration) -> Result<Vec<f64>> {
    for _ in 0..WARM_UP {
        once(address)?;
    }
    let (begun, mut made) = (Instant::now(), 0_u32);
    while begun.elapsed() < round {
        once(address)?;
        made += 1;
    }
    Ok(vec![f64::from(made) / begun.elapsed().as_secs_f64()])
}

fn once(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&[1])?;
    let mut answer = Vec::with_capacity(1);
    stream.read_to_end(&mut answer)?;
    ensure!(answer == [1], "{address} answered {answer:?}");
    Ok(())
}
