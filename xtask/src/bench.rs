//! `bench`: what it costs, beside what others make of the same, in the same rounds; and whether that is what was set.
//!
//! ```text
//!  a group of benches   builds ours and its peers, measures them in rounds  -> measured.rs
//!  goals.rs             what was set                                       \
//!  statistics.rs        medians and how sure they are                       > row.rs, results.rs
//!  table.rs, page.rs, JSON                                                 <
//! ```

mod attach;
mod dns;
mod docker;
pub(crate) mod ends;
mod floor;
mod goals;
mod guests;
mod local;
mod machine;
mod measured;
mod mesh;
mod nat;
mod overlay;
mod packets;
mod page;
mod progress;
mod results;
mod rig;
mod rounds;
mod row;
mod scale;
mod services;
mod setting;
mod statistics;
mod table;
mod tables;

use std::{fs, num::NonZeroUsize, path::PathBuf};

use anyhow::{Result, bail, ensure};
use causeway_lab::stop;
use clap::Args;

use self::{machine::Machine, measured::Findings, progress::Progress, results::Results, setting::Setting};
use crate::{build::Build, privilege, setup, tree};

/// How a group is measured.
type Measure = fn(&Setting) -> Result<Findings>;

/// Groups by name, in the order in which they are measured.
const GROUPS: &[(&str, Measure)] = &[
    ("overlay", overlay::measure),
    ("local", local::measure),
    ("services", services::measure),
    ("nat", nat::measure),
    ("mesh", mesh::measure),
    ("tables", tables::measure),
    ("attach", attach::measure),
    ("dns", dns::measure),
    ("scale", scale::measure),
];
/// Has no goals and takes its time: measured where it is asked for, or where all is.
const SLOW: &str = "scale";

/// What to measure.
#[derive(Args)]
pub(crate) struct Bench {
    /// Five rounds instead of eleven, and only what has a goal.
    #[arg(long)]
    quick: bool,
    /// How many rounds, instead of those.
    #[arg(long, value_name = "COUNT")]
    rounds: Option<NonZeroUsize>,
    /// Measure the causeway and causewayd of this directory too, in the same rounds: what a change is worth (groups
    /// overlay and local).
    #[arg(long, value_name = "DIRECTORY")]
    beside: Option<PathBuf>,
    /// Only this group: overlay, local, services, nat, mesh, tables, attach, dns or scale.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Bench {
    /// Builds, measures, prints, and writes the report.
    pub(crate) fn run(self) -> Result<()> {
        privilege::need_root("bench")?;
        let groups = self.groups()?;
        let bins = binaries()?;
        setup::peers()?;
        stop::on_signals()?;
        let machine = Machine::now();
        let tool = bins.join("xtask");
        let (count, quick, beside) = (self.count(), self.quick, self.beside.clone());
        let setting = Setting { count, quick, bins, beside, tool, progress: Progress::new() };
        let (findings, failed) = measure(&setting, &groups)?;
        setting.progress.clear();
        let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
        self.report(&Results::new(machine, self.line(), findings, &names))?;
        ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
        Ok(())
    }

    fn count(&self) -> usize {
        self.rounds.map_or(if self.quick { 5 } else { 11 }, NonZeroUsize::get)
    }

    fn groups(&self) -> Result<Vec<(&'static str, Measure)>> {
        let is_asked = |name: &str| match &self.only {
            Some(only) => only == name,
            None => !(self.quick && name == SLOW),
        };
        let groups: Vec<_> = GROUPS.iter().copied().filter(|(name, _)| is_asked(name)).collect();
        if groups.is_empty() {
            let names: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
            bail!("no such bench; there is {}", names.join(", "));
        }
        Ok(groups)
    }

    /// How it was asked for.
    fn line(&self) -> String {
        let quick = if self.quick { " --quick" } else { "" };
        let rounds = self.rounds.map(|rounds| format!(" --rounds {rounds}")).unwrap_or_default();
        let beside = if self.beside.is_some() { " --beside DIRECTORY" } else { "" };
        let only = self.only.as_ref().map(|only| format!(" --only {only}")).unwrap_or_default();
        format!("cargo xtask bench{quick}{rounds}{beside}{only}")
    }

    fn report(&self, results: &Results) -> Result<()> {
        if let Some(further) = table::of_further(results) {
            println!("\n{further}");
        }
        println!("\n{}", table::of_rows(results));
        let page = tree::target().join("bench/report.html");
        fs::create_dir_all(page.parent().unwrap_or(&page))?;
        fs::write(&page, page::page(results))?;
        println!("report: {}", page.display());
        if let Some(file) = &self.json {
            fs::write(file, serde_json::to_string_pretty(&results.to_json())? + "\n")?;
        }
        Ok(())
    }
}

/// The daemon's binaries, and those that measure it, built for release; where they are.
fn binaries() -> Result<PathBuf> {
    let measuring: [(&str, &[&str]); 2] =
        [("xtask", &["xtask"]), ("causeway-tests", &["rig", "passing", "scale"])];
    Build { release: true, ..Build::default() }.binaries_beside(&measuring)
}

/// Measures all groups; one that fails does not keep the others from it. What was found, and who failed.
fn measure(setting: &Setting, groups: &[(&'static str, Measure)]) -> Result<(Findings, Vec<&'static str>)> {
    let (mut findings, mut failed) = (Findings::default(), Vec::new());
    for (name, measure) in groups {
        stop::check()?;
        setting.progress.begin(&format!("{name}: building"), setting.count);
        match measure(setting) {
            Ok(found) => findings.append(found),
            Err(error) => {
                stop::check()?;
                setting.progress.say(&format!("{name} fails: {error:#}"));
                failed.push(*name);
            }
        }
    }
    Ok((findings, failed))
}
