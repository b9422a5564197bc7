//! Attaching a network namespace that is there: from the command's start until the address answers a
//! ping of its node; and detaching it. Ours beside the CNI bridge plugin, netavark and Docker, each on a
//! node of its own, each called as it is used: as a program.

mod causeway;
mod cni;
mod docker;
mod echo;
mod netavark;

use std::{
    net::Ipv4Addr,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::Netns;

use self::{causeway::Causeway, cni::Cni, docker::Connect, echo::Echo, netavark::Netavark};
use super::{Setting, measured::Findings, rounds::Figure};

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

/// A peer, and from where it is seen whether its guest answers.
struct Course {
    peer: Box<dyn Peer>,
    echo: Echo,
}

/// What is measured of each.
const FIGURES: &[Figure] =
    &[("attach a container, until its first ping", "ms"), ("detach a container", "ms")];

/// Measures all peers, after one round that does not count.
///
/// # Errors
/// If a peer cannot be set up or fails.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let directory = tempfile::Builder::new().prefix("cwb-").tempdir()?;
    let mut courses = vec![
        Course::new(Box::new(Causeway::new(&setting.bins)?))?,
        Course::new(Box::new(Cni::new("CNI bridge", directory.path(), false)?))?,
        Course::new(Box::new(Cni::new("CNI bridge, ipMasq", directory.path(), true)?))?,
        Course::new(Box::new(Netavark::new(directory.path())?))?,
    ];
    // No goal is about Docker.
    if !setting.quick {
        courses.push(Course::new(Box::new(Connect::new(directory.path())?))?);
    }
    for course in &courses {
        course.run()?;
    }
    let names: Vec<&str> = courses.iter().map(|course| course.peer.name()).collect();
    Ok(setting.rounds().measure(FIGURES, &names, |who| courses[who].run())?.into())
}

impl Course {
    fn new(peer: Box<dyn Peer>) -> Result<Self> {
        Ok(Self { echo: Echo::from(peer.node())?, peer })
    }

    /// Once there and back: how long each took, ms.
    fn run(&self) -> Result<Vec<f64>> {
        let begun = Instant::now();
        self.call(self.peer.attach())?;
        self.echo.until_answered(self.peer.address(), PATIENCE).context(self.peer.name())?;
        let attached = begun.elapsed();
        let begun = Instant::now();
        self.call(self.peer.detach())?;
        Ok([attached, begun.elapsed()].map(|time| time.as_secs_f64() * 1e3).to_vec())
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
