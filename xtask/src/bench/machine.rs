//! What it was measured on, and when.

use std::{fs, thread};

use nix::sys::utsname::uname;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What it was measured on.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// The processor's name.
    pub(super) cpu: String,
    /// How many cores there are.
    pub(super) cores: usize,
    /// The kernel's release.
    pub(super) kernel: String,
    /// Mean of processes that run or want to, over the last minute, as the bench began.
    pub(super) load: f64,
    /// When it began (RFC 3339).
    pub(super) date: String,
}

impl Machine {
    /// This one, now.
    pub(super) fn now() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        Self {
            cpu: model(&read("/proc/cpuinfo")).unwrap_or("unknown").to_owned(),
            cores: thread::available_parallelism().map_or(1, Into::into),
            kernel: uname().map(|name| name.release().to_string_lossy().into_owned()).unwrap_or_default(),
            load: first_number(&read("/proc/loadavg")),
            date: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        }
    }

    /// For other programs.
    pub(super) fn to_json(&self) -> Value {
        let Self { cpu, cores, kernel, load, date } = self;
        json!({"cpu": cpu, "cores": cores, "kernel": kernel, "load": load, "date": date})
    }

    /// For people.
    pub(super) fn said(&self) -> String {
        let Self { cpu, cores, kernel, load, date } = self;
        let day = date.split('T').next().unwrap_or(date);
        format!("{cpu}, {cores} cores, kernel {kernel}, load {load:.2} at the start, {day}")
    }
}

fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim())
}

fn first_number(text: &str) -> f64 {
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Machine, first_number, model};

    #[test]
    fn the_kernels_files_are_read() {
        let text = "processor\t: 0\nmodel name\t: A Processor @ 2.50GHz\nflags\t: fpu\n";
        assert_eq!(model(text), Some("A Processor @ 2.50GHz"));
        assert!((first_number("1.25 0.9 0.8 1/100 4\n") - 1.25).abs() < 1e-9);
    }

    #[test]
    fn this_machine_has_a_kernel_and_a_date() {
        let json = Machine::now().to_json();
        assert!(json["kernel"].as_str().is_some_and(|kernel| !kernel.is_empty()));
        assert!(json["cores"].as_u64().is_some_and(|cores| cores > 0));
        assert!(json["date"].as_str().is_some_and(|date| date.contains('T')));
    }
}
