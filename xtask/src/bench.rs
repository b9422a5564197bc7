//! `bench`: what the road costs, against the bare underlay and against the road that Docker takes.

mod attach;
mod burst;
pub(crate) mod connections;
mod dns;
mod docker;
mod nat;
mod passing;
pub(crate) mod pingpong;
mod report;
mod rig;
mod scale;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use causeway_lab::stop;
use clap::Args;
use report::Report;

use crate::{build::Build, privilege, run, setup, tree};

/// Benches by name.
const NAMES: &[&str] = &["pingpong", "nat", "attach", "dns", "connections", "scale", "mesh"];

/// What to measure.
#[derive(Args)]
pub(crate) struct Bench {
    /// Five rounds instead of eleven.
    #[arg(long)]
    quick: bool,
    /// Only this bench: pingpong, nat, attach, dns, connections, scale or mesh.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    /// Builds, measures, prints.
    pub(crate) fn run(self) -> Result<()> {
        privilege::need_root("bench")?;
        if let Some(name) = self.only.as_deref().filter(|name| !NAMES.contains(name)) {
            bail!("no bench {name}; there is {}", NAMES.join(", "));
        }
        let bins = self.binaries()?;
        stop::on_signals()?;
        let rounds = if self.quick { 5 } else { 11 };
        if !matches!(self.only.as_deref(), Some("pingpong" | "scale" | "mesh")) {
            setup::peers()?;
        }
        let mut reports = Vec::new();
        for name in NAMES.iter().filter(|name| self.only.as_deref().is_none_or(|only| only == **name)) {
            let measured = measure(name, &bins, rounds)?;
            measured.iter().for_each(|report| println!("\n{report}"));
            reports.extend(measured);
        }
        if let Some(file) = self.json {
            let reports: Vec<_> = reports.iter().map(Report::to_json).collect();
            std::fs::write(file, serde_json::to_string_pretty(&reports)?)?;
        }
        Ok(())
    }
}

impl Bench {
    /// The daemon's binaries, built for release as is the tool that measures them; as for tests where the kernel
    /// alone is measured.
    fn binaries(&self) -> Result<PathBuf> {
        if self.only.as_deref() == Some("mesh") {
            return Build::default().binaries();
        }
        let bins = Build { release: true, ..Build::default() }.binaries()?;
        run::checked(run::cargo().args(["build", "--release", "--package", "xtask"]))?;
        Ok(bins)
    }
}

fn measure(name: &str, bins: &Path, rounds: usize) -> Result<Vec<Report>> {
    let tool = tree::target().join("release/xtask");
    match name {
        "attach" => attach::measure(bins, rounds),
        "dns" => dns::measure(bins, rounds),
        "connections" => connections::measure(bins, &tool, rounds),
        "mesh" => passing::measure(rounds).map(|()| Vec::new()),
        "scale" => scale::measure(bins, rounds).map(|()| Vec::new()),
        "nat" => pingpong::translations(bins, &tool, rounds),
        _ => Ok(vec![pingpong::overlays(bins, &tool, rounds)?]),
    }
}
