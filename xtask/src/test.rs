//! `test`: every test there is, group by group.

mod earlier;
mod group;
mod report;

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use clap::Args;
use group::Group;
use report::Report;

use crate::{build::Build, privilege};

/// The group that upgrades from an earlier build are in.
const UPGRADES: &str = "network";

/// Which tests to run.
#[derive(Args)]
pub(crate) struct Test {
    /// Only tests whose name contains this.
    filter: Option<String>,
    /// Only this group (may be repeated): unit, house, packet, command, network, residue, …
    #[arg(long)]
    group: Vec<String>,
    /// Larger transfers and more rounds, and an upgrade from the last build with another map layout.
    #[arg(long)]
    long: bool,
}

impl Test {
    /// Builds, runs the groups, prints a table and, last, one line `N passed, N failed`.
    pub(crate) fn run(self) -> Result<ExitCode> {
        privilege::need_root("test")?;
        Build::default().run()?;
        let groups = self.groups()?;
        let upgrades = self.long && groups.iter().any(|group| group.name == UPGRADES);
        let earlier = if upgrades { Some(earlier::binaries()?) } else { None };
        let before = group::Baseline::take()?;
        let mut reports = Vec::new();
        for group in &groups {
            println!("\n== {} ==", group.name);
            let started = Instant::now();
            let outcome = group.run(self.filter.as_deref(), self.long, earlier.as_deref(), &before)?;
            reports.push(Report::new(&group.name, outcome, started.elapsed()));
        }
        report::print(&reports);
        Ok(if report::good(&reports) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn groups(&self) -> Result<Vec<Group>> {
        let mut groups = group::all()?;
        for name in &self.group {
            if !groups.iter().any(|group| group.name == *name) {
                let known: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
                bail!("no group {name}; there are {}", known.join(", "));
            }
        }
        groups.retain(|group| self.group.is_empty() || self.group.contains(&group.name));
        Ok(groups)
    }
}
