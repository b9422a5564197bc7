//! `demo`: three nodes, one overlay network, real traffic between containers.

mod scene;
mod story;
mod table;

use std::{process::ExitCode, time::Instant};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::{Lab, residue::Snapshot, stop, wait};
use scene::Scene;
use story::{said, tell};
use table::Table;

use crate::{build::Build, privilege};

/// Names begin with this; a `lab` may be up beside it.
const PREFIX: &str = "cwdemo";
const NODES: u8 = 3;
/// What a shell gives for a program ended by SIGINT.
const INTERRUPTED: u8 = 130;

/// Tells the story, and leaves nothing behind: not at its end, nor when it fails or is interrupted.
///
/// # Errors
/// Whatever went wrong, in one line.
pub(crate) fn run() -> Result<ExitCode> {
    privilege::need_root("demo")?;
    let bins = Build::default().binaries()?;
    stop::on_signals()?;
    let before = Snapshot::take()?;
    let builder = Lab::builder().prefix(PREFIX).nodes(NODES).bins(bins);
    let outcome = tell_it(|| builder.start());
    if stop::requested() {
        eprintln!("interrupted; what was made is removed");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let table = outcome?;
    nothing_left(&before)?;
    println!("\n{table}");
    Ok(ExitCode::SUCCESS)
}

fn tell_it(start: impl FnOnce() -> Result<Lab>) -> Result<Table> {
    let mut table = Table::default();
    let begun = Instant::now();
    tell("Three nodes as network namespaces, a switch between them, etcd, a causewayd on each.");
    let lab = start()?;
    table.row("cluster of 3 nodes ready", "", None, begun.elapsed());
    let scene = Scene::new(&lab)?;
    said(&scene.lab.node(1).cw("node ls")?);
    scene.network(&mut table)?;
    scene.servers(&mut table)?;
    scene.pages(&mut table)?;
    scene.packet()?;
    scene.transfer(&mut table)?;
    tell("Everything is taken down again.");
    let begun = Instant::now();
    drop(lab);
    table.row("everything removed", "", None, begun.elapsed());
    Ok(table)
}

/// Programs and maps are freed a moment after their last user went.
fn nothing_left(before: &Snapshot) -> Result<()> {
    let clean = || {
        let now = Snapshot::take()?;
        let left = now.since(before);
        ensure!(left.is_empty(), "left behind:\n{}", left.join("\n"));
        Ok(true)
    };
    wait::until("all is removed", std::time::Duration::from_secs(10), clean)
        .context("the demo did not leave the machine as it was")?;
    said("no namespace, link, pin, program, map or process is left");
    Ok(())
}
