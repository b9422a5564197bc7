//! What `cargo xtask bench` needs the kernel for: packets made and counted, a peer's programs held in place, tables
//! filled. Each verb prints its figures in JSON.

mod floor;
mod frame;
mod packets;
mod tables;
mod tunnel;

use anyhow::{Context as _, Result};
use clap::Parser;
use nix::{
    sched::{CpuSet, sched_setaffinity},
    unistd::Pid,
};

#[derive(Parser)]
enum Verb {
    /// Make packets and count those that arrive.
    Packets(packets::Packets),
    /// Hold a peer's overlay programs in place until the end.
    Tunnel(tunnel::Tunnel),
    /// Hold programs in place that only carry packets, until the end.
    Floor(floor::Floor),
    /// Fill the dataplane's tables.
    Tables(tables::Fill),
}

/// The core for all of it: one, so that what is measured is work and no waiting for another core.
const CORE: usize = 1;

fn main() -> Result<()> {
    let mut core = CpuSet::new();
    core.set(CORE.min(std::thread::available_parallelism()?.get() - 1))?;
    sched_setaffinity(Pid::from_raw(0), &core).context("cannot stay on one core")?;
    match Verb::parse() {
        Verb::Packets(verb) => verb.run(),
        Verb::Tunnel(verb) => verb.run(),
        Verb::Floor(verb) => verb.run(),
        Verb::Tables(verb) => verb.run(),
    }
}
