//! How far the bench is, for who waits: a line at the bottom of a terminal; what is not a terminal gets a line a
//! thing that is measured.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

/// The line.
pub(super) struct Progress {
    bar: ProgressBar,
    prints: bool,
}

impl Progress {
    /// On standard error.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style =
            ProgressStyle::with_template("{spinner} [{elapsed_precise}] {msg} {wide_bar} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, prints: !std::io::stderr().is_terminal() }
    }

    /// Nobody waits.
    #[cfg(test)]
    pub(super) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), prints: false }
    }

    /// Another thing is measured, in so many rounds.
    pub(super) fn begin(&self, what: &str, rounds: usize) {
        self.bar.set_length(rounds as u64);
        self.bar.set_position(0);
        self.bar.set_message(what.to_owned());
        if self.prints {
            eprintln!("bench: {what}");
        }
    }

    /// A round more.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    /// Says something above the line.
    pub(super) fn say(&self, what: &str) {
        if self.prints {
            eprintln!("bench: {what}");
        } else {
            self.bar.println(format!("bench: {what}"));
        }
    }

    /// Takes the line away while others write, or for ever.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
