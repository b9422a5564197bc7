//! A known name asked of a container's resolver, from inside: how many answers a second, and how long the slowest
//! take at a moderate rate. Ours and Docker's at 127.0.0.11, Podman's at the network's gateway; each on a node of its
//! own.

mod aardvark;
mod dnsperf;

use std::fs;

use anyhow::Result;
use causeway_lab::{Lab, Netns, Store};

use self::{aardvark::Aardvark, dnsperf::Dnsperf};
use super::{
    Setting,
    docker::{Docker, IMAGE, SLEEP},
    goals::AARDVARK,
    measured::{Findings, OURS},
    rounds::Figure,
};

/// The resolver, of ours and of Docker's.
const IN_CONTAINER: &str = "127.0.0.11";

/// The container whose name is asked for.
const ASKED: &str = "web";

/// Where Podman's programs are.
pub(super) const PODMAN: &str = "/usr/lib/podman";

/// What is measured of each.
const FIGURES: &[Figure] =
    &[("DNS answers", "1/s"), ("DNS: 99 in 100 answers, at 10,000/s, take less than", "us")];

/// Who asks whom for what.
struct Course {
    name: &'static str,
    client: Netns,
    dnsperf: Dnsperf,
}

/// Measures all of them, after one round that does not count.
///
/// # Errors
/// If a node cannot be set up, or a query is lost.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let directory = tempfile::Builder::new().prefix("cwb-").tempdir()?;
    // No goal is about Docker's resolver.
    let docker = if setting.quick { None } else { Some(Docker::new(directory.path())?) };
    let lab = Lab::builder().prefix("cwb-dns").nodes(1).store(Store::Embedded);
    let lab = lab.bins(setting.bins.clone()).start()?;
    let podman = Aardvark::new(directory.path(), ASKED)?;
    let questions = directory.path().join("questions");
    fs::write(&questions, format!("{ASKED} A\n"))?;
    let course =
        |name, client, server| Course { name, client, dnsperf: Dnsperf::new(questions.clone(), server) };
    let mut courses = vec![
        course(OURS, own_client(&lab)?, IN_CONTAINER),
        course(AARDVARK, Netns::open(podman.client.name())?, aardvark::SERVER),
    ];
    if let Some(docker) = &docker {
        courses.push(course("Docker", client_of_docker(docker)?, IN_CONTAINER));
    }
    for course in &courses {
        course.run()?;
    }
    let names: Vec<&str> = courses.iter().map(|course| course.name).collect();
    Ok(setting.rounds().measure(FIGURES, &names, |who| courses[who].run())?.into())
}

impl Course {
    fn run(&self) -> Result<Vec<f64>> {
        Ok(vec![self.dnsperf.rate(&self.client)?, self.dnsperf.late(&self.client)?])
    }
}

/// Two containers on a network; the namespace of the one that asks.
fn client_of_docker(docker: &Docker) -> Result<Netns> {
    docker.docker("network create bench")?;
    let run = |name: &str| docker.docker(&format!("run -d --network bench --name {name} {IMAGE} {SLEEP}"));
    run(ASKED)?;
    docker.netns_of(run("client")?.trim())
}

/// Likewise of ours.
fn own_client(lab: &Lab) -> Result<Netns> {
    let node = lab.node(1);
    node.cw("network create -d bridge bench")?;
    let run = |name: &str| node.cw(&format!("run -d --network bench --name {name} -- {SLEEP}"));
    run(ASKED)?;
    let id = run("client")?;
    Netns::open(&format!("cw-{}", id.get(..12).unwrap_or(&id)))
}
