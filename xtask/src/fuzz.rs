//! `fuzz`: whatever is read that others wrote, fed with anything.
//!
//! The targets in `tests/fuzz` are libFuzzer's, and have the shape that cargo-fuzz expects; built and run they are
//! without it, by the stable compiler. Coverage is all that they are instrumented with: what they read with is safe
//! Rust, in which a bad index or a length that overflows panics (debug assertions and overflow checks are on), so
//! that an address sanitizer, and the nightly compiler that it needs, would find little more.
//!
//! ```text
//! tests/fuzz/corpus/<target>/       kept inputs, read first: a finding is moved here once it is understood
//! target/fuzz/corpus/<target>/      what runs on this machine have found interesting
//! target/fuzz/findings/<target>/    inputs that ended a target
//! target/fuzz/<target>.log          what it said
//! ```

mod build;
mod course;
mod report;
mod target;

use std::{
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Result, bail};
use clap::Args;

use self::{course::Course, target::Target};

/// What to fuzz, and for how long.
#[derive(Args)]
pub(crate) struct Fuzz {
    /// Only this target (may be repeated): addresses, api, command, config, dns, host, packet, store, stream,
    /// upstream, words.
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
    /// For how long each one.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
}

impl Fuzz {
    /// Builds and runs the targets; fails where one has a finding.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let known = target::all()?;
        if let Some(name) = self.target.iter().find(|name| !known.iter().any(|target| target.name == **name))
        {
            let known: Vec<_> = known.iter().map(|target| target.name.as_str()).collect();
            bail!("no target {name}; there is {}", known.join(", "));
        }
        let wanted = |target: &Target| self.target.is_empty() || self.target.contains(&target.name);
        let courses = run(known.into_iter().filter(wanted).collect(), Duration::from_secs(self.seconds))?;
        Ok(if courses.iter().all(Course::is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// As a group of tests: those targets whose name contains `filter`; how many are good, and how many are not.
///
/// # Errors
/// If they cannot be built or run.
pub(crate) fn test(filter: Option<&str>, long: bool) -> Result<(u64, u64)> {
    let mut targets = target::all()?;
    targets.retain(|target| filter.is_none_or(|filter| target.name.contains(filter)));
    let seconds = if long { 60 } else { 10 };
    let courses = run(targets, Duration::from_secs(seconds))?;
    let count = |good| courses.iter().map(|course| u64::from(course.is_good() == good)).sum();
    Ok((count(true), count(false)))
}

/// Runs each target for so long, as many at once as there are processors, and prints what came of it.
fn run(targets: Vec<Target>, time: Duration) -> Result<Vec<Course>> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let programs = build::programs()?;
    let waiting = Mutex::new(targets.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let turn = || -> Result<Vec<Course>> {
        std::iter::from_fn(next).map(|target| Course::run(target, &programs, time)).collect()
    };
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let courses: Result<Vec<Vec<Course>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..at_once).map(|_| scope.spawn(turn)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a run panicked"))).collect()
    });
    let mut courses: Vec<_> = courses?.into_iter().flatten().collect();
    courses.sort_by(|one, other| one.target.name.cmp(&other.target.name));
    report::print(&courses, &programs);
    Ok(courses)
}
