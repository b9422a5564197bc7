//! Attaching a network namespace that is there: from the command's start until the address answers a
//! ping of its node; and detaching it. Ours beside the CNI bridge plugin and Docker, each on a node
//! of its own, each called as it is used: as a program.

mod causeway;
mod cni;
mod docker;
mod echo;

use std::{
    net::Ipv4Addr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::{Netns, stop};

use self::{causeway::Causeway, cni::Cni, docker::Connect, echo::Echo};
use super::report::{Report, Series};

/// How long an address may take until it answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who attaches a namespace to a network of a node.
trait Peer {
    /// Its name in the report.
    fn name(&self) -> &'static str;
    /// The node, from where the address has to answer.
    fn node(&self) -> &Netns;
    /// What attaches the guest.
    fn attach(&self) -> Command;
    /// What detaches it.
    fn detach(&self) -> Command;
    /// What both read.
    fn input(&self) -> String {
        String::new()
    }
    /// The address that the guest gets.
    fn address(&self) -> Ipv4Addr;
}

/// A peer with what was measured of it.
struct Course {
    peer: Box<dyn Peer>,
    echo: Echo,
    attached: Series,
    detached: Series,
}

/// Measures all peers in turn, `rounds` times, after one round that does not count.
///
/// # Errors
/// If a peer cannot be set up or fails.
pub(super) fn measure(bins: &Path, rounds: usize) -> Result<Vec<Report>> {
    println!("bench: building four nodes: causeway, CNI bridge, CNI bridge with ipMasq, Docker");
    let directory = tempfile::Builder::new().prefix("cwb-").tempdir()?;
    let mut courses = [
        Course::new(Box::new(Causeway::new(bins)?))?,
        Course::new(Box::new(Cni::new("CNI bridge", directory.path(), false)?))?,
        Course::new(Box::new(Cni::new("CNI bridge, ipMasq", directory.path(), true)?))?,
        Course::new(Box::new(Connect::new(directory.path())?))?,
    ];
    for round in 0..=rounds {
        for turn in 0..courses.len() {
            stop::check()?;
            courses[(round + turn) % 4].run(round > 0)?;
        }
    }
    Ok(reports(courses))
}

fn reports(courses: [Course; 4]) -> Vec<Report> {
    let (attached, detached) = courses.into_iter().map(|course| (course.attached, course.detached)).unzip();
    let report = |title, series| Report { title, what: "BY", unit: "ms", series };
    vec![
        report("attach: a namespace that is there -> its address answers (goal: none is faster)", attached),
        report("detach (goal: none is faster)", detached),
    ]
}

impl Course {
    fn new(peer: Box<dyn Peer>) -> Result<Self> {
        let series = || Series { name: peer.name(), rounds: Vec::new() };
        Ok(Self { echo: Echo::from(peer.node())?, attached: series(), detached: series(), peer })
    }

    /// Once there and back.
    fn run(&mut self, counts: bool) -> Result<()> {
        let begun = Instant::now();
        self.call(self.peer.attach())?;
        self.echo.until_answered(self.peer.address(), PATIENCE).context(self.peer.name())?;
        let attached = begun.elapsed();
        let begun = Instant::now();
        self.call(self.peer.detach())?;
        let detached = begun.elapsed();
        if counts {
            self.attached.rounds.push(attached.as_secs_f64() * 1e3);
            self.detached.rounds.push(detached.as_secs_f64() * 1e3);
        }
        Ok(())
    }

    /// Runs a command to its end without looking at the clock in between, as a user's shell does.
    fn call(&self, mut command: Command) -> Result<()> {
        let output = cni::fed(&mut command, &self.peer.input())?;
        ensure!(
            output.status.success(),
            "{}: {command:?}: {}{}",
            self.peer.name(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}
