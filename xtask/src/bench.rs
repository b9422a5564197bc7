//! `bench`: what the road costs, against the bare underlay and against the road that Docker takes.

pub(crate) mod pingpong;
mod report;
mod rig;

use std::path::PathBuf;

use anyhow::{Result, bail};
use causeway_lab::stop;
use clap::Args;

use crate::{build::Build, privilege, run, tree};

/// Benches by name.
const NAMES: &[&str] = &["pingpong"];

/// What to measure.
#[derive(Args)]
pub(crate) struct Bench {
    /// Five rounds instead of eleven.
    #[arg(long)]
    quick: bool,
    /// Only this bench: pingpong.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    /// Builds for release, measures, prints.
    pub(crate) fn run(self) -> Result<()> {
        privilege::need_root("bench")?;
        if let Some(name) = self.only.as_deref().filter(|name| !NAMES.contains(name)) {
            bail!("no bench {name}; there is {}", NAMES.join(", "));
        }
        let bins = Build { release: true, ..Build::default() }.binaries()?;
        run::checked(run::cargo().args(["build", "--release", "--package", "xtask"]))?;
        stop::on_signals()?;
        let rounds = if self.quick { 5 } else { 11 };
        let report = pingpong::measure(&bins, &tree::target().join("release/xtask"), rounds)?;
        println!("\n{report}");
        if let Some(file) = self.json {
            std::fs::write(file, report.to_json()?)?;
        }
        Ok(())
    }
}
