//! dnsperf: what it is told, and what it says.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::{Netns, run, spawn};

/// How long a round takes, s.
const SECONDS: &str = "1";
/// Queries a second at which delays are looked at.
const MODERATE: &str = "10000";
/// How long it may take in all.
const PATIENCE: Duration = Duration::from_secs(30);

/// dnsperf with its questions.
pub(super) struct Dnsperf {
    questions: PathBuf,
    server: &'static str,
}

impl Dnsperf {
    /// It asks a server what stands in a file, again and again.
    pub(super) fn new(questions: PathBuf, server: &'static str) -> Self {
        Self { questions, server }
    }

    /// Answers a second, with a hundred queries under way at any time.
    ///
    /// # Errors
    /// If a query is lost or not answered with the address.
    pub(super) fn rate(&self, client: &Netns) -> Result<f64> {
        rate(&self.said(client, &[])?)
    }

    /// How long 99 in 100 answers take at most, at a moderate rate, us.
    ///
    /// # Errors
    /// As [`Self::rate`].
    pub(super) fn late(&self, client: &Netns) -> Result<f64> {
        late(&self.said(client, &["-v", "-Q", MODERATE])?)
    }

    fn said(&self, client: &Netns, more: &[&str]) -> Result<String> {
        let mut command = spawn::command(client, "dnsperf");
        command.args(["-s", self.server, "-l", SECONDS, "-d"]).arg(&self.questions).args(more);
        run::output(&mut command, PATIENCE)?.text()
    }
}

/// What follows a heading in the statistics.
fn value<'s>(said: &'s str, heading: &str) -> Result<&'s str> {
    let line = said.lines().find_map(|line| line.trim().strip_prefix(heading));
    line.map(str::trim).with_context(|| format!("dnsperf says nothing of '{heading}'"))
}

fn rate(said: &str) -> Result<f64> {
    let (lost, codes) = (value(said, "Queries lost:")?, value(said, "Response codes:")?);
    ensure!(lost.starts_with("0 ") && codes.ends_with("(100.00%)"), "queries lost: {lost}; codes: {codes}");
    ensure!(codes.starts_with("NOERROR"), "codes: {codes}");
    Ok(value(said, "Queries per second:")?.parse()?)
}

fn late(said: &str) -> Result<f64> {
    rate(said)?;
    let seconds = |line: &str| line.strip_prefix("> NOERROR")?.split_whitespace().last()?.parse().ok();
    let mut times: Vec<f64> = said.lines().filter_map(seconds).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() * 99 / 100).map(|seconds| seconds * 1e6).context("dnsperf names no query")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{late, rate};

    fn said(lost: &str, code: &str) -> String {
        let queries: String = (1..=200).map(|n| format!("> {code} web A 0.{n:06}\n")).collect();
        format!(
            "{queries}Statistics:\n\n  Queries sent:         200\n  Queries lost:         {lost}\n\n  \
             Response codes:       {code} 200 (100.00%)\n  Queries per second:   1234.500000\n"
        )
    }

    #[test]
    fn figures_are_read() {
        let said = said("0 (0.00%)", "NOERROR");
        assert!((rate(&said).unwrap() - 1234.5).abs() < 1e-9);
        assert!((late(&said).unwrap() - 199.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_lost_or_wrong_is_no_figure() {
        assert!(rate(&said("3 (1.50%)", "NOERROR")).is_err());
        assert!(rate(&said("0 (0.00%)", "NXDOMAIN")).is_err());
    }
}
