//! One run of one target: its program for some time, and what it said in the end.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result};

use super::target::Target;

/// Seconds after which one input counts as one that never ends; thousands a second are usual.
const NEVER: u64 = 20;
/// Memory that no input may take, MiB.
const MEMORY: u64 = 1024;

/// What came of a run.
pub(super) struct Course {
    /// Whose.
    pub(super) target: Target,
    /// How many inputs were tried.
    pub(super) executions: u64,
    /// And in a second.
    pub(super) a_second: u64,
    /// How it ended.
    pub(super) end: End,
}

/// How a run ended.
pub(super) enum End {
    /// All inputs were fine.
    Good,
    /// This input ended it, where it was written down, after these words.
    Finding(Option<PathBuf>, String),
}

impl Course {
    /// Runs the target's program.
    pub(super) fn run(target: Target, programs: &Path, time: Duration) -> Result<Self> {
        for directory in [target.found(), target.findings()] {
            fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        }
        println!("fuzz: {} for {} s", target.name, time.as_secs());
        let (begun, log) = (SystemTime::now(), target.log());
        let mut command = command(&target, programs, time);
        let output = File::create(&log).with_context(|| log.display().to_string())?;
        let status = command.stdout(output.try_clone()?).stderr(output).status();
        let status = status.with_context(|| format!("cannot start the fuzz target {}", target.name))?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let (executions, a_second) =
            (number(&said, "number_of_executed_units"), number(&said, "average_exec_per_sec"));
        let end = match (status.success(), executions) {
            (true, 1..) => End::Good,
            (true, 0) => End::Finding(None, "it has ended, and tried nothing".to_owned()),
            (false, _) => End::Finding(newest(&target.findings(), begun), words(&said)),
        };
        println!("fuzz: {} has tried {executions} inputs", target.name);
        Ok(Self { target, executions, a_second, end })
    }

    /// Whether nothing was found.
    pub(super) const fn is_good(&self) -> bool {
        matches!(self.end, End::Good)
    }
}

/// libFuzzer writes new inputs into the first directory and reads them all.
fn command(target: &Target, programs: &Path, time: Duration) -> Command {
    let mut command = Command::new(programs.join(&target.name));
    command
        .args([target.found(), target.kept()])
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-timeout={NEVER}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-artifact_prefix={}/", target.findings().display()))
        .arg("-print_final_stats=1");
    command.args(target.dictionary().map(|file| format!("-dict={}", file.display())));
    command
}

/// The input that was written down since then.
fn newest(directory: &Path, since: SystemTime) -> Option<PathBuf> {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    let written = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())));
    written.filter(|(time, _)| *time >= since).max().map(|(_, path)| path)
}

/// A figure among what libFuzzer says in the end.
fn number(said: &str, what: &str) -> u64 {
    let line = said.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(what));
    line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
}

/// What the program said of its end: the panic, or else libFuzzer's own words.
fn words(said: &str) -> String {
    let panic = said.find("panicked at").and_then(|at| said.get(at..)).map(|rest| rest.lines().take(4));
    let lines: Vec<&str> = match panic {
        Some(lines) => lines.take_while(|line| !line.starts_with("note:")).collect(),
        None => said.lines().filter(|line| line.contains("ERROR:")).collect(),
    };
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "#2 INITED cov: 3\n\nthread '<unnamed>' panicked at src/dns.rs:7:5:\nanother id\nnote: run \
                        with\n==7== ERROR: libFuzzer: deadly signal\nstat::number_of_executed_units: 1234\n\
                        stat::average_exec_per_sec:     617\n";

    #[test]
    fn figures_are_read_from_what_is_said_last() {
        let read =
            ["number_of_executed_units", "average_exec_per_sec", "peak_rss_mb"].map(|w| number(SAID, w));
        assert_eq!(read, [1234, 617, 0]);
    }

    #[test]
    fn a_finding_is_told_by_its_panic_or_by_the_fuzzer() {
        assert_eq!(words(SAID), "panicked at src/dns.rs:7:5:\nanother id");
        assert_eq!(
            words("x\n==7== ERROR: libFuzzer: timeout after 20 seconds\n"),
            "==7== ERROR: libFuzzer: timeout after 20 seconds"
        );
    }
}
