//! What a client's packet for a port of the mesh costs the node that it comes to, where its backend is on another
//! one, and what the answer costs it: the road on the uplink (XDP), by test-run and by live frames; and the latter
//! beside netfilter's way. For `cargo xtask bench --only mesh`: prints what was measured in JSON.
//!
//! ```text
//! passing OBJECT TRAFFIC TWIN [ROUNDS [quick]]
//! ```
//!
//! By test-run a program writes a frame, walks the road with it, makes it as long as before and begins again;
//! what that takes without the road is subtracted. By live frames they cross a veth, natively, and come back by it.
//! TWIN has the same steps in C. All of that is on one core.

mod figures;
mod instructions;
mod interpreter;
mod live;
mod router;
mod tables;

use std::{env, fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use causeway::kernel::{Dataplane, Load, Measuring, Options};
use causeway_common::bench::{MOST_FLOWS, TURNS};
use causeway_tests::dataplane::{
    BpfDir,
    local::{self, UPLINK_IFINDEX},
    world,
};
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};
use rand::seq::SliceRandom as _;

use figures::Figures;
use router::Router;
use tables::Size;

/// The core for all of it: not the one that the kernel gives most interrupts to.
const CORE: usize = 1;
/// Runs of one measurement by test-run, of 64 frames each.
const RUNS: u32 = 50_000;
/// Frames of one measurement by live ones: ours, and the peer's.
const FRAMES: u32 = 1 << 20;
const PEERS_FRAMES: u32 = 1 << 19;

/// Established conversations, from their clients.
const CLIENTS: Load = Load { services: 0, flows: 0, opens: false, answers: false };

/// Conversations where ours is compared with its twin in C.
const TWINS_FLOWS: u32 = 100_000;

/// How much a node knows; what its rows are called.
const NODES: &[(&str, Size)] = &[
    ("1 service, 100 backends", Size { services: 1, backends: 100, endpoints: 100 }),
    ("10 services", Size { services: 10, backends: 1, endpoints: 10 }),
    ("10,000 services", Size { services: 10_000, backends: 5, endpoints: 1_000_000 }),
    ("100 services", Size { services: 100, backends: 5, endpoints: 10_000 }),
    ("1,000 services", Size { services: 1_000, backends: 5, endpoints: 100_000 }),
];
/// How many of them the rows with a goal need.
const NEEDED: usize = 3;

/// One thing that is measured, again and again.
struct Course {
    /// Which of the nodes.
    node: usize,
    load: Load,
    programs: Measuring,
    /// The same steps in C.
    twin: Option<Measuring>,
    /// By live frames, too.
    live: bool,
}

/// Whose turn it is.
enum Turn {
    /// A course's.
    Ours(usize),
    /// Netfilter's, with so many conversations.
    Netfilters(u32),
}

/// The objects of programs.
struct Objects {
    ours: Vec<u8>,
    traffic: Vec<u8>,
    twin: Vec<u8>,
}

/// A node.
struct Node {
    dataplane: Dataplane,
    options: Options,
    // Last, so that it goes last.
    _bpf_dir: BpfDir,
}

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let mut object = |what| fs::read(words.next().with_context(|| format!("which {what}?"))?).context(what);
    let objects = Objects { ours: object("object")?, traffic: object("traffic")?, twin: object("twin")? };
    let rounds = words.next().map_or(Ok(11), |word| word.parse::<usize>())?;
    let quick = words.next().is_some();
    let mut core = CpuSet::new();
    core.set(CORE.min(std::thread::available_parallelism()?.get() - 1))?;
    sched_setaffinity(Pid::from_raw(0), &core)?;
    let name = format!("cwb-passing-{}", std::process::id());
    let (ground, router) = (local::ground(&name)?, Router::new(&format!("{name}-nft"))?);
    let figures = ground.run(|| measure(&objects, &router, rounds, quick))??;
    println!("{}", figures.told());
    Ok(())
}

fn measure(objects: &Objects, router: &Router, rounds: usize, quick: bool) -> Result<Figures> {
    let sizes = if quick { &NODES[..NEEDED] } else { NODES };
    let mut nodes: Vec<Node> = sizes.iter().map(|(_, size)| node(*size)).collect::<Result<_>>()?;
    let mut courses = Vec::new();
    for (node, load, live) in loads(quick) {
        let load = Load { services: NODES[node].1.services, ..load };
        let load_from = |object| Measuring::load(object, &nodes[node].options, load, live::FAR_END);
        let twin = (node == 0 && load.flows == TWINS_FLOWS).then(|| load_from(&objects.twin)).transpose()?;
        courses.push(Course { node, load, programs: load_from(&objects.ours)?, twin, live });
    }
    let mut figures = Figures::default();
    let counted = [&objects.ours, &objects.twin].map(|object| instructions::a_frame(object, TWINS_FLOWS));
    let [ours, twins] = counted;
    let (ours, twins) = (ours?, twins?);
    let mut turns: Vec<Turn> = (0..courses.len()).map(Turn::Ours).collect();
    turns.extend([1, 60_000].map(Turn::Netfilters));
    for round in 0..rounds {
        eprintln!("bench: mesh, round {} of {rounds}", round + 1);
        figures.of_instructions(ours, twins);
        // Nobody is always first.
        turns.shuffle(&mut rand::rng());
        for turn in &turns {
            match *turn {
                Turn::Ours(which) => {
                    let course = &mut courses[which];
                    one(course, &mut nodes[course.node], &objects.traffic, &mut figures)?;
                }
                Turn::Netfilters(flows) => {
                    figures.of_router(flows, router.rate(&objects.traffic, flows, PEERS_FRAMES)?);
                }
            }
        }
    }
    Ok(figures)
}

/// What is measured on which node, and whether by live frames, too.
fn loads(quick: bool) -> Vec<(usize, Load, bool)> {
    let with = |flows| Load { flows, ..CLIENTS };
    let (one, few, many) = (0, 1, 2);
    let mut loads: Vec<_> = [1_000, 100_000, 800_000].map(|flows| (one, with(flows), false)).to_vec();
    loads.extend([1, 60_000].map(|flows| (one, with(flows), true)));
    loads.extend([few, many].map(|node| (node, with(800_000), false)));
    if !quick {
        loads.extend([3, 4].map(|node| (node, with(800_000), false)));
        for node in [few, many] {
            loads.extend([1, 1024, MOST_FLOWS].map(|flows| (node, with(flows), true)));
            loads.push((node, Load { opens: true, ..with(MOST_FLOWS) }, true));
            loads.extend([1, MOST_FLOWS].map(|flows| (node, Load { answers: true, ..with(flows) }, true)));
        }
    }
    loads
}

fn node(size: Size) -> Result<Node> {
    let bpf_dir = BpfDir::new();
    let mut options = Options::new(bpf_dir.path(), world::VTEP.into());
    options.sizes.endpoints = options.sizes.endpoints.max(size.endpoints);
    let mut dataplane = Dataplane::open(&options)?;
    dataplane.apply(&tables::steps(size))?;
    Ok(Node { dataplane, options, _bpf_dir: bpf_dir })
}

fn one(course: &mut Course, node: &mut Node, traffic: &[u8], figures: &mut Figures) -> Result<()> {
    let (load, programs) = (course.load, &mut course.programs);
    node.dataplane.apply(&[tables::settings(false)])?;
    let nothing = time(programs, "nothing")?;
    let road = time(programs, "over_and_over")? - nothing;
    figures.of_road(course.node, load, road, nothing);
    if let Some(twin) = &mut course.twin {
        let nothing = time(twin, "nothing")?;
        figures.of_twin(road, time(twin, "over_and_over")? - nothing);
    }
    if course.live {
        node.dataplane.apply(&[tables::settings(true)])?;
        let passed = live::passed(&mut node.dataplane, programs, traffic, load, FRAMES)?;
        figures.of_live(course.node, load, passed, live::reflected(programs, traffic, FRAMES)?);
    }
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
