//! The two ends of what is measured, run by `bench` in their namespaces, on one core for both, so that the road is
//! measured and not the waking of another core.

mod connections;
mod datagrams;
mod ping_pong;
mod stream;

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::{Netns, Process, run, spawn, wait};
use clap::{Subcommand, ValueEnum};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

/// Where ping-pong is answered, by TCP and UDP, and bursts of datagrams.
pub(super) const PORT: u16 = 7777;
/// Where each connection gets one answer and is closed.
pub(super) const CLOSING: u16 = 7778;
/// Where a stream ends.
pub(super) const SINK: u16 = 7779;
/// How long one measurement takes.
const ROUND: Duration = Duration::from_millis(500);
/// How long something may take until it is taken for broken.
const PATIENCE: Duration = Duration::from_secs(5);
/// Not the one that the kernel gives most interrupts to.
const CORE: usize = 1;

/// What is measured between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A byte there and back by TCP: round trips a second, and the median of their time, us.
    PingPong,
    /// A datagram there and back: the same.
    Datagrams,
    /// Connect, a byte there and back, close: connections a second.
    Connections,
    /// As much as one connection takes: Gbit/s.
    Stream,
    /// Small datagrams in bursts, each burst answered once: the median of a datagram's time, us.
    Bursts,
}

impl Kind {
    const fn port(self) -> u16 {
        match self {
            Self::PingPong | Self::Datagrams | Self::Bursts => PORT,
            Self::Connections => CLOSING,
            Self::Stream => SINK,
        }
    }
}

/// One end.
#[derive(Subcommand)]
pub(crate) enum End {
    /// Serve all that can be measured, for ever.
    Serve,
    /// Print one round's figures as a list in JSON.
    Measure {
        /// What.
        kind: Kind,
        /// Where it is served.
        address: Ipv4Addr,
    },
}

impl End {
    /// Runs this end.
    ///
    /// # Errors
    /// If an answer is wrong or stays out.
    pub(crate) fn run(self) -> Result<()> {
        pin()?;
        match self {
            Self::Serve => serve_all(),
            Self::Measure { kind, address } => {
                let address = SocketAddr::from((address, kind.port()));
                println!("{}", serde_json::to_string(&figures(kind, address)?)?);
                Ok(())
            }
        }
    }
}

fn figures(kind: Kind, address: SocketAddr) -> Result<Vec<f64>> {
    match kind {
        Kind::PingPong => ping_pong::measure(address, ROUND),
        Kind::Datagrams => datagrams::measure(address, ROUND),
        Kind::Bursts => datagrams::measure_bursts(address, ROUND),
        Kind::Connections => connections::measure(address, ROUND),
        Kind::Stream => stream::measure(address, ROUND),
    }
}

/// Whatever address it is called by.
fn serve_all() -> Result<()> {
    let any = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let (closing, sink) = (TcpListener::bind(any(CLOSING))?, TcpListener::bind(any(SINK))?);
    let bouncing = TcpListener::bind(any(PORT))?;
    thread::spawn(move || connections::serve(&closing));
    thread::spawn(move || stream::serve(&sink));
    thread::spawn(move || datagrams::serve(any(PORT)));
    ping_pong::serve(&bouncing)
}

/// The core for both ends. A machine of one core has only core 0.
pub(super) fn core() -> usize {
    CORE.min(thread::available_parallelism().map_or(0, |cores| cores.get() - 1))
}

/// Stays on it.
fn pin() -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core())?;
    sched_setaffinity(Pid::from_raw(0), &set).context("cannot stay on one core")
}

/// How a time of round trips is told: their rate, and the median time, us.
fn told(mut times: Vec<u128>, took: Duration) -> Result<Vec<f64>> {
    ensure!(!times.is_empty(), "no answer came");
    times.sort_unstable();
    Ok(vec![times.len() as f64 / took.as_secs_f64(), times[times.len() / 2] as f64 / 1e3])
}

/// A server in a namespace; `tool` is this program, built for release.
///
/// # Errors
/// If it cannot be started.
pub(super) fn serve(tool: &Path, netns: &Netns) -> Result<Process> {
    let mut command = spawn::command(netns, tool);
    command.args(["end", "serve"]);
    Process::spawn(&mut command, Path::new("/dev/null"))
}

/// Waits until something can be measured from a namespace.
///
/// # Errors
/// If that takes too long.
pub(super) fn await_answer(tool: &Path, netns: &Netns, kind: Kind, address: Ipv4Addr) -> Result<()> {
    let what = format!("{address} answers {kind:?}");
    wait::until(&what, 2 * PATIENCE, || Ok(measure(tool, netns, kind, address).is_ok()))
}

/// One round's figures, from a namespace to an address.
///
/// # Errors
/// If an answer is wrong or stays out.
pub(super) fn measure(tool: &Path, netns: &Netns, kind: Kind, address: Ipv4Addr) -> Result<Vec<f64>> {
    let name = kind.to_possible_value().context("each kind has a name")?;
    let mut command = spawn::command(netns, tool);
    command.args(["end", "measure", name.get_name(), &address.to_string()]);
    Ok(serde_json::from_str(run::output(&mut command, run::LIMIT)?.text()?.trim())?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::{
        net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
        thread,
        time::Duration,
    };

    use super::{connections, datagrams, ping_pong, stream, told};

    const SHORT: Duration = Duration::from_millis(30);

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn times_are_told_as_a_rate_and_a_median() {
        let told = told(vec![3_000, 1_000, 2_000], Duration::from_secs(1)).unwrap();
        assert_eq!(told, [3.0, 2.0]);
    }

    #[test]
    fn both_ends_of_each_kind_understand_each_other() {
        let (listener, address) = listener();
        thread::spawn(move || ping_pong::serve(&listener));
        assert!(ping_pong::measure(address, SHORT).unwrap()[0] > 100.0);
        let (listener, address) = self::listener();
        thread::spawn(move || connections::serve(&listener));
        assert!(connections::measure(address, SHORT).unwrap()[0] > 10.0);
        let (listener, address) = self::listener();
        thread::spawn(move || stream::serve(&listener));
        assert!(stream::measure(address, SHORT).unwrap()[0] > 0.01);
        let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        thread::spawn(move || datagrams::serve(free));
        thread::sleep(SHORT);
        assert!(datagrams::measure(free, SHORT).unwrap()[0] > 100.0);
        assert!(datagrams::measure_bursts(free, SHORT).unwrap()[0] > 0.0);
    }

    #[test]
    fn a_wrong_answer_is_no_figure() {
        let (listener, address) = listener();
        thread::spawn(move || listener.incoming().for_each(drop));
        assert!(connections::measure(address, SHORT).is_err());
    }
}
