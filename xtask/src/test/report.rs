//! Counting tests: from the `test result:` lines of their programs to one line at the end.

use std::time::Duration;

/// What a group's programs said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    passed: u64,
    failed: u64,
}

impl Outcome {
    /// So many tests of each kind.
    pub(crate) const fn of(passed: u64, failed: u64) -> Self {
        Self { passed, failed }
    }

    /// Counts what a line says, if it is a result.
    pub(crate) fn read(&mut self, line: &str) {
        // A line may begin with a test's own output, printed without a newline.
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        self.passed += count(counts, " passed");
        self.failed += count(counts, " failed");
        // Nothing is skipped in silence: an ignored test asserts nothing.
        self.failed += count(counts, " ignored");
    }

    /// A program that ended badly without a failed test (it did not compile, or a signal ended it) is a failure.
    pub(crate) fn ended(&mut self, well: bool) {
        if !well && self.failed == 0 {
            self.failed = 1;
        }
    }
}

fn count(text: &str, what: &str) -> u64 {
    let before = text.split(what).next().filter(|before| before.len() < text.len());
    let number = before.and_then(|before| before.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// One group's line in the table.
pub(crate) struct Report {
    group: String,
    outcome: Outcome,
    time: Duration,
}

impl Report {
    /// A group with its outcome.
    pub(crate) fn new(group: &str, outcome: Outcome, time: Duration) -> Self {
        Self { group: group.to_owned(), outcome, time }
    }
}

/// Prints the table and, last, `N passed, N failed`.
pub(crate) fn print(reports: &[Report]) {
    println!("\n{:<12} {:>8} {:>8} {:>9}", "GROUP", "PASSED", "FAILED", "SECONDS");
    for Report { group, outcome, time } in reports {
        println!("{group:<12} {:>8} {:>8} {:>9.1}", outcome.passed, outcome.failed, time.as_secs_f64());
    }
    let total = total(reports);
    println!("\n{} passed, {} failed", total.passed, total.failed);
}

/// True if something ran and nothing failed.
pub(crate) fn good(reports: &[Report]) -> bool {
    let total = total(reports);
    total.passed > 0 && total.failed == 0
}

fn total(reports: &[Report]) -> Outcome {
    reports.iter().fold(Outcome::default(), |sum, report| Outcome {
        passed: sum.passed + report.outcome.passed,
        failed: sum.failed + report.outcome.failed,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Report, good};

    fn read(lines: &[&str]) -> Outcome {
        let mut outcome = Outcome::default();
        lines.iter().for_each(|line| outcome.read(line));
        outcome
    }

    #[test]
    fn results_of_several_programs_add_up() {
        let outcome = read(&[
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out; finished in 0.01s",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ]);
        assert_eq!(outcome, Outcome { passed: 13, failed: 2 });
    }

    #[test]
    fn an_ignored_test_counts_as_failed() {
        let outcome = read(&["test result: ok. 1 passed; 0 failed; 4 ignored; 0 measured; 0 filtered out"]);
        assert_eq!(outcome, Outcome { passed: 1, failed: 4 });
    }

    #[test]
    fn a_program_that_does_not_compile_is_a_failure() {
        let mut outcome = Outcome::default();
        outcome.ended(false);
        assert_eq!(outcome.failed, 1);
    }

    #[test]
    fn nothing_run_is_not_good() {
        assert!(!good(&[Report::new("unit", Outcome::default(), Duration::ZERO)]));
        assert!(good(&[Report::new("unit", Outcome { passed: 1, failed: 0 }, Duration::ZERO)]));
        assert!(!good(&[Report::new("unit", Outcome { passed: 1, failed: 1 }, Duration::ZERO)]));
    }
}
