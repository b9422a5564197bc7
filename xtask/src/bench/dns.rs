//! A known name asked of a container's resolver at 127.0.0.11, from inside: how many answers a second,
//! and how long the slowest take at a moderate rate. Ours beside Docker's, each on a node of its own.

mod dnsperf;

use std::{fs, path::Path};

use anyhow::Result;
use causeway_lab::{Lab, Netns, Store, stop};

use self::dnsperf::Dnsperf;
use super::{
    docker::{Docker, IMAGE, SLEEP},
    report::{Report, Series},
};
use crate::setup;

/// The container whose name is asked for.
const ASKED: &str = "web";

/// A client, with what was measured from it.
struct Course {
    client: Netns,
    rates: Series,
    late: Series,
}

/// Measures both in turn, `rounds` times, after one round that does not count.
///
/// # Errors
/// If a node cannot be set up, or a query is lost.
pub(super) fn measure(bins: &Path, rounds: usize) -> Result<Vec<Report>> {
    setup::peers()?;
    println!("bench: building two nodes: causeway, Docker");
    let directory = tempfile::Builder::new().prefix("cwb-").tempdir()?;
    let docker = Docker::new(directory.path())?;
    let lab = Lab::builder().prefix("cwb-dns").nodes(1).store(Store::Embedded);
    let lab = lab.bins(bins.to_path_buf()).start()?;
    let questions = directory.path().join("questions");
    fs::write(&questions, format!("{ASKED} A\n"))?;
    let dnsperf = Dnsperf::new(questions);
    let mut courses =
        [Course::new("Docker", client_of_docker(&docker)?), Course::new("causeway", own_client(&lab)?)];
    for round in 0..=rounds {
        for turn in 0..courses.len() {
            stop::check()?;
            courses[(round + turn) % 2].run(&dnsperf, round > 0)?;
        }
    }
    Ok(reports(courses))
}

fn reports(courses: [Course; 2]) -> Vec<Report> {
    let (rates, late) = courses.into_iter().map(|course| (course.rates, course.late)).unzip();
    vec![
        Report {
            title: "dns: a known name (goal: twice Docker's rate)",
            what: "BY",
            unit: "/s",
            series: rates,
        },
        Report {
            title: "dns: 99 in 100 answers, at 10000/s, take less than",
            what: "BY",
            unit: "us",
            series: late,
        },
    ]
}

impl Course {
    fn new(name: &'static str, client: Netns) -> Self {
        let series = || Series { name, rounds: Vec::new() };
        Self { client, rates: series(), late: series() }
    }

    fn run(&mut self, dnsperf: &Dnsperf, counts: bool) -> Result<()> {
        let (rate, late) = (dnsperf.rate(&self.client)?, dnsperf.late(&self.client)?);
        if counts {
            self.rates.rounds.push(rate);
            self.late.rounds.push(late);
        }
        Ok(())
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
