//! What the kernel says of a process's rights (proc_pid_status(5)) and mounts.

use std::fs;

/// A process as `/proc` shows it.
#[derive(Debug)]
pub(crate) struct Status {
    text: String,
    mounts: String,
}

impl Status {
    pub(crate) fn of(pid: impl std::fmt::Display) -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap();
        Self { text: read("status"), mounts: read("mountinfo") }
    }

    fn field(&self, name: &str) -> &str {
        let line = self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).unwrap_or_else(|| panic!("{name} is not in {}", self.text))
    }

    /// A set of capabilities, such as `CapEff`.
    pub(crate) fn capabilities(&self, set: &str) -> u64 {
        u64::from_str_radix(self.field(set), 16).unwrap()
    }

    /// A number, such as `NoNewPrivs`.
    pub(crate) fn number(&self, field: &str) -> u32 {
        self.field(field).parse().unwrap()
    }

    /// True where one of the mounts that only the confinement has is there.
    pub(crate) fn sees_mounts_of_confinement(&self) -> bool {
        self.mounts.lines().any(|line| line.contains(" tmpfs confinement ") || line.contains("hidepid="))
    }
}
