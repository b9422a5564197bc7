//! A store of many networks, services and endpoints, and three daemons on it: how long a daemon takes to
//! start, how long one change takes until the maps of all nodes that it concerns hold it, and how much
//! memory that takes. For `cargo xtask bench --only scale`.
//!
//! ```text
//! scale [NETWORKS SERVICES ENDPOINTS ROUNDS]      1000 10000 100000 11
//! ```

mod contents;

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use causeway_lab::{Lab, Node, wait};
use contents::{Size, network_name};

/// How long a daemon may take to start.
const LONGEST: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let given: Vec<u32> =
        env::args().skip(1).map(|word| word.parse().context(word)).collect::<Result<_>>()?;
    let at = |index: usize, default| given.get(index).copied().unwrap_or(default);
    let size = Size { networks: at(0, 1000), services: at(1, 10_000), endpoints: at(2, 100_000) };
    let rounds = at(3, 11);
    let mut lab = Lab::builder().nodes(3).prefix("cwscale").start()?;
    let small = figures(&mut lab, rounds, "small")?;
    let begun = Instant::now();
    fill(&lab, size)?;
    println!(
        "{} networks, {} services, {} endpoints written in {:.1} s",
        size.networks,
        size.services,
        size.endpoints,
        begun.elapsed().as_secs_f64()
    );
    let large = figures(&mut lab, rounds, "large")?;
    println!("\n{:<58} {:>12} {:>12}", "WHAT", "EMPTY STORE", "FULL STORE");
    for ((what, unit, small), (_, _, large)) in small.iter().zip(&large) {
        println!("{:<58} {small:>12.1} {large:>12.1}", format!("{what} [{unit}]"));
    }
    Ok(())
}

/// Writes the contents from where etcd can be reached.
fn fill(lab: &Lab, size: Size) -> Result<()> {
    let spec = lab.layout().store_spec();
    lab.switch().run(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(contents::write(&spec, size))
    })?
}

type Figure = (&'static str, &'static str, f64);

/// Medians of `rounds`.
fn figures(lab: &mut Lab, rounds: u32, phase: &str) -> Result<Vec<Figure>> {
    let started =
        (0..rounds).map(|round| start(lab.node_mut(1 + round as usize % 3))).collect::<Result<_>>()?;
    (1..=3).try_for_each(|node| lab.node(node).wait_ready(3))?;
    let home = format!("home-{phase}");
    lab.node(1).cw(&format!("network create -d overlay {home}"))?;
    for node in 1..=3 {
        lab.node(node).cw(&format!("run -d --name {phase}-{node} --network {home} -- sleep 3600"))?;
    }
    let commands = |line: &dyn Fn(u32) -> String| -> Result<f64> {
        let times = (0..rounds).map(|round| timed(lab.node(1), &line(round))).collect::<Result<_>>()?;
        Ok(median(times))
    };
    let network = commands(&|n| format!("network create -d overlay {phase}-net-{n}"))?;
    let service = commands(&|n| format!("service create --network {home} {phase}-service-{n}"))?;
    let run = commands(&|n| format!("run -d --name {phase}-run-{n} --network {home} -- sleep 3600"))?;
    let crowded = if phase == "large" { network_name(0) } else { home };
    let crowded = commands(&|n| format!("run -d --name {phase}-far-{n} --network {crowded} -- sleep 3600"))?;
    let unconcerned = commands_elsewhere(lab, rounds, phase)?;
    let memory = (1..=3).map(|node| resident(lab.node(node))).collect::<Result<_>>()?;
    Ok(vec![
        ("start of a daemon until it answers", "ms", median(started)),
        ("network create, until all 3 nodes hold it", "ms", network),
        ("service create, until all 3 nodes lead to it", "ms", service),
        ("run in a network of 3 nodes, until all 3 reach it", "ms", run),
        ("run in a network of its own, or of 100 endpoints", "ms", crowded),
        ("processor time of node 3 for a run in a network it is not on", "ms", unconcerned),
        ("resident memory of a daemon", "MiB", median(memory)),
    ])
}

/// Milliseconds of processor time that the daemon of a node takes for each container that comes into a network
/// which that node is not on.
fn commands_elsewhere(lab: &Lab, rounds: u32, phase: &str) -> Result<f64> {
    lab.node(1).cw(&format!("network create -d overlay {phase}-alone"))?;
    let before = processor_time(lab.node(3))?;
    for n in 0..rounds {
        lab.node(1).cw(&format!("run -d --name {phase}-alone-{n} --network {phase}-alone -- sleep 3600"))?;
    }
    Ok((processor_time(lab.node(3))? - before) / f64::from(rounds))
}

/// Milliseconds that a node's daemon has computed for, to the microsecond.
fn processor_time(node: &Node) -> Result<f64> {
    let pid = node.daemon_pid().context("no daemon")?;
    let mut total = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        total += stat.split_whitespace().next().context("schedstat")?.parse::<f64>()? / 1e6;
    }
    Ok(total)
}

/// Milliseconds from the start of a killed daemon until it answers.
fn start(node: &mut Node) -> Result<f64> {
    node.kill_daemon();
    let begun = Instant::now();
    node.start_daemon()?;
    wait::until("the daemon answers", LONGEST, || Ok(node.cw("status").is_ok()))?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds that a command takes: it returns when all nodes that it concerns hold what it did.
fn timed(node: &Node, line: &str) -> Result<f64> {
    let begun = Instant::now();
    node.cw(line)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Resident memory of a node's daemon, in MiB.
fn resident(node: &Node) -> Result<f64> {
    let pid = node.daemon_pid().context("no daemon")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<f64>()? / 1024.0)
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
