//! The two ends, run by `bench` in their namespaces.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::Subcommand;

use super::super::pingpong::pin;

const ROUND: Duration = Duration::from_millis(500);
/// Connections before the clock counts.
const WARM_UP: usize = 200;

/// One end of a bench of connections.
#[derive(Subcommand)]
pub(crate) enum End {
    /// Answer one byte of each connection, and close it.
    Serve { address: SocketAddr },
    /// Print how many connections a second were made, asked and closed.
    Measure { address: SocketAddr },
}

impl End {
    /// Runs this end.
    ///
    /// # Errors
    /// If a connection breaks.
    pub(crate) fn run(self) -> Result<()> {
        pin()?;
        match self {
            Self::Serve { address } => serve(&TcpListener::bind(address)?),
            Self::Measure { address } => {
                println!("{}", rate(address)?);
                Ok(())
            }
        }
    }
}

/// The server closes first, so that it is not the client whose ports rest (TIME_WAIT) and run out.
fn serve(listener: &TcpListener) -> Result<()> {
    for stream in listener.incoming() {
        let (mut stream, mut byte) = (stream?, [0]);
        if stream.read_exact(&mut byte).is_ok() {
            // A client that has gone does not want it.
            let _ = stream.write_all(&byte);
        }
    }
    Ok(())
}

fn rate(address: SocketAddr) -> Result<f64> {
    for _ in 0..WARM_UP {
        once(address)?;
    }
    let (begun, mut made) = (Instant::now(), 0_u32);
    while begun.elapsed() < ROUND {
        once(address)?;
        made += 1;
    }
    Ok(f64::from(made) / begun.elapsed().as_secs_f64())
}

fn once(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&[1])?;
    let mut answer = Vec::with_capacity(1);
    stream.read_to_end(&mut answer)?;
    ensure!(answer == [1], "{address} answered {answer:?}");
    Ok(())
}
