//! What a client's packet for a port of the mesh costs the node that it comes to, where its backend is on another
//! one, and what the answer costs it: the road on the uplink (XDP), by test-run and by live frames. For `cargo xtask bench --only mesh`.
//!
//! ```text
//! passing OBJECT [ROUNDS]
//! ```
//!
//! By test-run a program writes a frame, walks the road with it, makes it as long as before and begins again;
//! what that takes without the road is subtracted. By live frames they cross a veth, natively, and come back by it;
//! all of that is on one core, and the same with a program that only sends back stands beside it.

mod tables;

use std::{
    env, fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use causeway::kernel::{Dataplane, Load, Measuring, Options, WireMode};
use causeway_common::{
    Counter,
    bench::{MOST_FLOWS, TURNS},
};
use causeway_tests::dataplane::{
    BpfDir,
    local::{self, UPLINK_IFINDEX},
    world,
};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

/// The uplink and its other end.
const UPLINK: &str = "up0";
const FAR_END: u32 = UPLINK_IFINDEX + 1;
/// Runs of one measurement by test-run, of 64 frames each.
const RUNS: u32 = 50_000;
/// Frames of one measurement by live ones.
const FRAMES: u32 = 4 << 20;
/// What is measured.
const LOADS: [Load; 12] = [
    Load { services: 10, flows: 1, ..CLIENTS },
    Load { services: 10, flows: 1024, ..CLIENTS },
    Load { services: 10, flows: MOST_FLOWS, ..CLIENTS },
    Load { services: 10_000, flows: 1, ..CLIENTS },
    Load { services: 10_000, flows: 1024, ..CLIENTS },
    Load { services: 10_000, flows: MOST_FLOWS, ..CLIENTS },
    Load { services: 10, flows: MOST_FLOWS, opens: true, ..CLIENTS },
    Load { services: 10_000, flows: MOST_FLOWS, opens: true, ..CLIENTS },
    Load { services: 10, flows: 1, ..ANSWERS },
    Load { services: 10, flows: MOST_FLOWS, ..ANSWERS },
    Load { services: 10_000, flows: 1, ..ANSWERS },
    Load { services: 10_000, flows: MOST_FLOWS, ..ANSWERS },
];
/// Established conversations, from their clients.
const CLIENTS: Load = Load { services: 0, flows: 0, opens: false, answers: false };
/// The same, back to them.
const ANSWERS: Load = Load { answers: true, ..CLIENTS };

/// What one load cost.
#[derive(Default)]
struct Figures {
    /// Nanoseconds a frame by test-run, net.
    road: Vec<f64>,
    /// Million frames a second through the road, and reflected at once.
    passed: Vec<f64>,
    reflected: Vec<f64>,
}

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let object = words.next().context("which object?")?;
    let object = fs::read(&object).context(object)?;
    let rounds = words.next().map_or(Ok(11), |word| word.parse::<usize>())?;
    let ground = local::ground(&format!("cw-passing-{}", std::process::id()))?;
    ground.run(|| measure(&object, rounds))?
}

fn measure(object: &[u8], rounds: usize) -> Result<()> {
    let mut core = CpuSet::new();
    core.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &core)?;
    let bpf_dir = BpfDir::new();
    let options = Options::new(bpf_dir.path(), world::VTEP.into());
    let mut dataplane = Dataplane::open(&options)?;
    let mut figures: Vec<Figures> = LOADS.iter().map(|_| Figures::default()).collect();
    for round in 0..rounds {
        for (load, figures) in LOADS.into_iter().zip(&mut figures) {
            let mut programs = Measuring::load(object, &options, load, FAR_END)?;
            dataplane.apply(&tables::steps(load.services, false))?;
            let nothing = time(&mut programs, "nothing")?;
            figures.road.push(time(&mut programs, "over_and_over")? - nothing);
            dataplane.apply(&tables::steps(load.services, true))?;
            figures.passed.push(passed(&mut dataplane, &mut programs, load)?);
            figures.reflected.push(reflected(&mut programs)?);
        }
        eprintln!("round {} of {rounds}", round + 1);
    }
    print(&mut figures);
    Ok(())
}

/// Mean time of a frame by test-run, in nanoseconds.
fn time(programs: &mut Measuring, name: &str) -> Result<f64> {
    let (carried, took) = programs.run(name, UPLINK_IFINDEX, RUNS)?;
    ensure!(carried == TURNS, "{name} carried {carried} of {TURNS} frames on");
    Ok(nanoseconds(took) / f64::from(TURNS))
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// Million frames a second through the node's own program on its uplink.
fn passed(dataplane: &mut Dataplane, programs: &mut Measuring, load: Load) -> Result<f64> {
    let road = if load.answers { Counter::FromMesh } else { Counter::ToMesh };
    dataplane.attach_xdp(WireMode::Native, UPLINK, UPLINK_IFINDEX)?;
    let before = counted(dataplane, road)?;
    let rate = there_and_back(programs);
    dataplane.detach_xdp()?;
    let carried = counted(dataplane, road)? - before;
    ensure!(
        carried >= u64::from(FRAMES) / 100 * 99,
        "of {FRAMES} frames {carried} are counted as {}",
        road.name()
    );
    rate
}

/// The same where a program sends them back as they are.
fn reflected(programs: &mut Measuring) -> Result<f64> {
    let link = programs.attach("reflect", UPLINK_IFINDEX)?;
    let rate = there_and_back(programs);
    programs.detach("reflect", link)?;
    rate
}

/// Million frames a second that came back, of those that were made: all must.
fn there_and_back(programs: &mut Measuring) -> Result<f64> {
    let link = programs.attach("swallow", FAR_END)?;
    let (_, before) = programs.counted()?;
    let begun = Instant::now();
    programs.make(UPLINK_IFINDEX, FRAMES)?;
    let took = begun.elapsed();
    let back = programs.counted()?.1 - before;
    programs.detach("swallow", link)?;
    ensure!(back >= u64::from(FRAMES) / 100 * 99, "of {FRAMES} frames {back} came back");
    Ok(1e3 / (nanoseconds(took) / back as f64))
}

fn counted(dataplane: &Dataplane, road: Counter) -> Result<u64> {
    dataplane.counters()?.get(road.name()).copied().with_context(|| format!("{} is not counted", road.name()))
}

fn print(figures: &mut [Figures]) {
    println!(
        "\n{:<12} {:>8} {:>9} {:>12} {:>12} {:>14}",
        "PACKETS", "SERVICES", "FLOWS", "TEST-RUN ns", "LIVE Mpps", "REFLECTED Mpps"
    );
    for (load, figures) in LOADS.into_iter().zip(figures) {
        let what = match load {
            Load { answers: true, .. } => "answers",
            Load { opens: true, .. } => "SYN",
            _ => "established",
        };
        let [road, passed, reflected] =
            [&mut figures.road, &mut figures.passed, &mut figures.reflected].map(|values| median(values));
        println!(
            "{what:<12} {:>8} {:>9} {road:>12.1} {passed:>12.2} {reflected:>14.2}",
            load.services, load.flows
        );
    }
}

/// The middle one.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
