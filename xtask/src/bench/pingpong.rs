//! TCP ping-pong: one byte there and back, one core for both ends, so that the road is measured and
//! not the waking of another core.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use causeway_lab::{Process, run, spawn, wait};
use clap::Subcommand;
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

use super::{
    burst, nat,
    report::{Report, Series},
    rig::{self, Road},
};

/// Where servers listen, and as which they are published.
pub(crate) const PORT: u16 = 7777;
/// The core for both ends.
const CORE: usize = 1;
const ROUND: Duration = Duration::from_millis(500);
/// Round trips before the clock counts.
const WARM_UP: usize = 500;

/// The two ends, run by `bench` in their namespaces.
#[derive(Subcommand)]
pub(crate) enum End {
    /// Send back every byte of one connection after another, and answer bursts of datagrams.
    Serve { address: SocketAddr },
    /// Print the median round trip, nanoseconds.
    Measure { address: SocketAddr },
    /// Print the median time of a datagram in a burst, nanoseconds.
    Burst { address: SocketAddr },
}

/// What is measured: the end's name.
const ROUND_TRIP: &str = "measure";
const DATAGRAM: &str = "burst";

impl End {
    /// Runs this end.
    ///
    /// # Errors
    /// If the connection breaks.
    pub(crate) fn run(self) -> Result<()> {
        pin()?;
        match self {
            Self::Serve { address } => {
                let listener = TcpListener::bind(address)?;
                std::thread::spawn(move || burst::answer(address));
                serve(&listener)
            }
            Self::Burst { address } => {
                println!("{}", burst::measure(address, ROUND)?);
                Ok(())
            }
            Self::Measure { address } => {
                println!("{}", round_trips(address)?);
                Ok(())
            }
        }
    }
}

/// Stays on the core for both ends. A machine of one core has only core 0.
pub(super) fn pin() -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    let mut set = CpuSet::new();
    set.set(CORE.min(cores - 1))?;
    sched_setaffinity(Pid::from_raw(0), &set).context("cannot stay on one core")
}

fn serve(listener: &TcpListener) -> Result<()> {
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        let mut byte = [0];
        while stream.read_exact(&mut byte).is_ok() {
            stream.write_all(&byte)?;
        }
    }
    Ok(())
}

fn round_trips(address: SocketAddr) -> Result<u128> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_nodelay(true)?;
    for _ in 0..WARM_UP {
        round_trip(&mut stream)?;
    }
    let (begun, mut times) = (Instant::now(), Vec::with_capacity(1 << 18));
    while begun.elapsed() < ROUND {
        times.push(round_trip(&mut stream)?.as_nanos());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn round_trip(stream: &mut TcpStream) -> Result<Duration> {
    let begun = Instant::now();
    stream.write_all(&[1])?;
    stream.read_exact(&mut [0])?;
    Ok(begun.elapsed())
}

/// Measures overlays, `rounds` times; `tool` is this program, built for release.
///
/// # Errors
/// If a road cannot be built or breaks.
pub(crate) fn overlays(bins: &Path, tool: &Path, rounds: usize) -> Result<Report> {
    println!("bench: building three roads: bare underlay, causeway overlay, bridge + vxlan device");
    let roads = [rig::underlay(bins)?, rig::overlay(bins)?, rig::bridge_and_vxlan(bins)?];
    let title = "TCP ping-pong, one byte, one core for both ends (goal: overlay <= 1.25x)";
    over(title, ROUND_TRIP, &roads, tool, rounds)
}

/// As [`overlays`], into a container by a published port, and out of one by masquerade.
///
/// # Errors
/// If a road cannot be built or breaks.
pub(crate) fn translations(bins: &Path, tool: &Path, rounds: usize) -> Result<Vec<Report>> {
    println!("bench: building two nodes that translate addresses: causeway, bridge + netfilter");
    let [ours, theirs] = [nat::causeway(bins)?, nat::netfilter(bins)?];
    let inward = [ours.inward()?, theirs.inward()?];
    let outward = [ours.outward()?, theirs.outward()?];
    [
        ("TCP ping-pong from outside to a published port", ROUND_TRIP, &inward),
        ("TCP ping-pong from a container, masqueraded", ROUND_TRIP, &outward),
        ("a small datagram from outside to a published port, in bursts", DATAGRAM, &inward),
        ("a small datagram from a container, masqueraded, in bursts", DATAGRAM, &outward),
    ]
    .into_iter()
    .map(|(title, what, roads)| over(title, what, roads, tool, rounds))
    .collect()
}

/// Measures all roads in turn.
fn over(title: &'static str, what: &str, roads: &[Road], tool: &Path, rounds: usize) -> Result<Report> {
    let mut series: Vec<Series> =
        roads.iter().map(|road| Series { name: road.name, rounds: Vec::new() }).collect();
    let _servers = roads.iter().map(|road| server(tool, road)).collect::<Result<Vec<_>>>()?;
    for round in 0..rounds {
        // Nobody is always first.
        for turn in 0..roads.len() {
            let which = (round + turn) % roads.len();
            series[which].rounds.push(one_round(tool, what, &roads[which])?);
        }
    }
    Ok(Report { title, what: "ROAD", unit: "us", series })
}

fn server(tool: &Path, road: &Road) -> Result<Process> {
    let mut command = spawn::command(&road.server, tool);
    // Whatever address it is called by.
    command.args(["ping-pong", "serve", &SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)).to_string()]);
    let server = Process::spawn(&mut command, Path::new("/dev/null"))?;
    let listens = || Ok(one_round(tool, ROUND_TRIP, road).is_ok());
    wait::until(&format!("the server over {} answers", road.name), Duration::from_secs(10), listens)?;
    Ok(server)
}

/// Median of one round, microseconds.
fn one_round(tool: &Path, what: &str, road: &Road) -> Result<f64> {
    let mut command = spawn::command(&road.client, tool);
    command.args(["ping-pong", what, &SocketAddr::from((road.address, PORT)).to_string()]);
    let said = run::output(&mut command, run::LIMIT)?.text().context(road.name)?;
    Ok(said.trim().parse::<f64>()? / 1e3)
}
