//! Namespaces and processes on this host: the one place that spawns them.
//!
//! ```text
//! causewayd -- start --> causewayd shim (a session of its own) -- fork, exec --> the command
//!     ^                       | log.json, running.json, exit.json                | cgroup causeway/<short id>
//!     +-- wait, stop, kill, exec, logs: by the container's directory and pidfds -+
//! ```
//! Whatever the daemon knows of a process it reads from the container's directory, so a daemon that
//! comes back knows as much as the one that started it. Where there is a [`keeper`], it starts the shims and
//! the exec'd commands in the daemon's place.

mod cgroup;
mod container;
mod dir;
mod environment;
mod error;
mod exec;
mod exec_error;
mod files;
pub mod keeper;
mod log;
mod nameservers;
pub mod netns;
mod open_files;
mod pidfd;
mod rights;
pub mod shim;
mod spawn;
mod spec;
mod start;

pub use cgroup::{cgroup_root, remove_empty_cgroups};
pub use container::Container;
pub use error::RuntimeError;
pub use exec::Exec;
pub use files::{Files, ResolvConf, host_resolv_conf, hosts, resolv_conf, resolv_conf_with_resolver};
pub use keeper::Keeper;
pub use log::{LogStream, line as log_line};
pub use nameservers::nameservers;
pub use netns::Netns;
pub use open_files::open_many_files;
pub use pidfd::parse_start_time;
pub use rights::{NEEDED, Right, keep_needed_rights};
pub use spec::{ExecSpec, Exit, Running, Spec};
