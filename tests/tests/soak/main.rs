//! A cluster under load, and something goes wrong with it all the time: whatever it is, each packet that was sent has
//! arrived or there is a name for its loss, and soon afterwards all is well again.
//!
//! Senders number their packets. Those that do not arrive are told of by the injector of faults, which took them
//! away, or by a witness, which sees what the kernel drops and why. Where a program of the dataplane has it drop a
//! packet, the kernel knows no more than that: so what each node's programs have counted must be what they had
//! dropped, to the packet, whosever packets those are.
//!
//! A minute of it, or with `--long` half an hour; `CAUSEWAY_SOAK=600` says how many seconds, `CAUSEWAY_SEED=…` repeats
//! a run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod cast;
mod deeds;
mod load;
mod memory;
mod post;
mod residue;
mod talk;

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::Accounts;
use cast::{Cluster, NODES};
use causeway_lab::wait;
use causeway_tests::faults::{Schedule, Witness, seed};
use deeds::Stage;
use memory::Memory;
use residue::Before;

/// How often something goes wrong, how long it lasts, and for how long that goes on.
struct Pace {
    all: Duration,
    apart: Duration,
    lasting: (Duration, Duration),
}

impl Pace {
    fn of_run() -> Self {
        let (all, apart, longest) =
            if env::var_os("CAUSEWAY_LONG").is_some() { (1800, 10_000, 6500) } else { (42, 3500, 1500) };
        let asked_for = env::var("CAUSEWAY_SOAK").ok().and_then(|text| text.parse().ok());
        Self {
            all: Duration::from_secs(asked_for.unwrap_or(all)),
            apart: Duration::from_millis(apart),
            lasting: (Duration::from_millis(500), Duration::from_millis(longest)),
        }
    }
}

#[test]
fn whatever_goes_wrong_every_packet_has_arrived_or_has_a_name() {
    let (seed, pace) = (seed(), Pace::of_run());
    let magic = rand::random();
    let witness = Arc::new(Witness::begin(magic).unwrap());
    let cluster = Cluster::start();
    let (before, prefix) = (Before::of(&cluster), cluster.lab.layout().prefix.clone());
    cluster.furnish();
    let mut stage = Stage::set(cluster, seed, magic, &witness);
    let mut accounts = Accounts::open(&stage, &witness);
    let mut memory = Memory::default();
    let mut schedule = Schedule::new(seed, NODES);
    let begun = Instant::now();
    let mut faults = 0;
    accounts.settle(&stage, "before anything goes wrong");
    while begun.elapsed() < pace.all {
        let (due, fault) = (Instant::now() + pace.apart, schedule.draw());
        let lasting = schedule.lasting(pace.lasting.0, pace.lasting.1);
        let what =
            format!("{:>5.0} s: {fault} for {:.1} s", begun.elapsed().as_secs_f64(), lasting.as_secs_f64());
        stage.go_through(fault, lasting, &what);
        accounts.settle(&stage, &what);
        memory.look(&stage.cluster);
        faults += 1;
        wait::pause(due.saturating_duration_since(Instant::now())).unwrap();
    }
    println!("{faults} faults in {:.0} s", begun.elapsed().as_secs_f64());
    stage.post.hush();
    accounts.close(&stage);
    memory.assert_bounded();
    let cluster = stage.leave();
    before.assert_same(&cluster);
    drop(cluster);
    residue::assert_none_of(&prefix);
}
