//! What can go wrong between the daemon and the kernel; each one line that says what to do.

use std::{io, path::PathBuf};

use causeway_common::limits;

use super::{Hook, Shape, WireMode};

/// Why the dataplane could not be loaded, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// Not enough rights to load programs.
    #[error(
        "loading the dataplane needs root (CAP_BPF, CAP_NET_ADMIN, CAP_SYS_ADMIN): run causewayd as root"
    )]
    NoRoot,
    /// The kernel is older than what the programs use.
    #[error("kernel {0} is too old for Causeway's programs: run Linux 6.7 or later")]
    TooOld(String),
    /// The kernel does not describe its types.
    #[error(
        "this kernel has no BTF (/sys/kernel/btf/vmlinux is missing): boot one built with CONFIG_DEBUG_INFO_BTF=y"
    )]
    NoBtf,
    /// The bpf directory is not on a bpf file system, and none could be mounted.
    #[error(
        "{path} is not on a bpf file system ({source}): mount -t bpf bpf /sys/fs/bpf, or give another --bpf-dir"
    )]
    NoBpffs {
        /// The bpf directory.
        path: PathBuf,
        /// What mounting said.
        source: io::Error,
    },
    /// The program object does not fit the kernel, or the kernel refuses it.
    #[error("the kernel refuses the dataplane's programs: {}", chain(.0))]
    Load(#[from] aya::EbpfError),
    /// A program, map or link is missing from the embedded object: it is of another build.
    #[error("the embedded dataplane has no {0}: build causewayd and its programs from the same source")]
    Missing(String),
    /// A pinned map of an earlier run has another size than is asked for now.
    #[error(
        "map {map} below {bpf_dir} takes {pinned} entries but {wanted} are asked for: keep the old limit, or run causewayd --cleanup"
    )]
    OtherSize {
        /// The map's name.
        map: String,
        /// The bpf directory.
        bpf_dir: PathBuf,
        /// What it takes.
        pinned: u32,
        /// What the configuration asks for.
        wanted: u32,
    },
    /// A pinned map is of another shape than this build's programs take it to be.
    #[error(
        "map {map} below {bpf_dir} is {pinned}, and this causewayd's is {wanted}: start the causewayd that made it, or stop its containers and run causewayd --cleanup"
    )]
    OtherShape {
        /// The map's name.
        map: String,
        /// The bpf directory.
        bpf_dir: PathBuf,
        /// What is pinned.
        pinned: Shape,
        /// What this build makes.
        wanted: Shape,
    },
    /// The bpf directory holds a dataplane whose maps another version of the programs made.
    #[error(
        "{bpf_dir} holds a dataplane of layout {found}, and this causewayd's is {}: stop its containers and run causewayd --cleanup first",
        causeway_common::names::LAYOUT
    )]
    OtherLayout {
        /// The bpf directory.
        bpf_dir: PathBuf,
        /// The layout that is there.
        found: String,
    },
    /// A program could not be attached to, or detached from, an interface.
    #[error("cannot attach {hook} to {interface}: {}", chain(.source))]
    Attach {
        /// Which program.
        hook: Hook,
        /// The interface's name.
        interface: String,
        /// What the kernel said.
        source: aya::programs::ProgramError,
    },
    /// The program that meets the uplink's frames could not be attached.
    #[error("cannot attach XDP ({mode}) to {interface}: {}", chain(&**.source))]
    AttachXdp {
        /// In which mode.
        mode: WireMode,
        /// The interface's name.
        interface: String,
        /// What the kernel said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The interface is not there (any more) in this network namespace.
    #[error("interface {interface} (index {ifindex}) is not in the daemon's network namespace")]
    NoInterface {
        /// Its name.
        interface: String,
        /// The index that it should have.
        ifindex: u32,
    },
    /// A pinned link could not be used.
    #[error("the pinned link {path} is unusable ({}): run causewayd --cleanup", chain(&**.source))]
    Link {
        /// The pin.
        path: PathBuf,
        /// What the kernel said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A program could not be used.
    #[error("the kernel refuses the dataplane's programs: {}", chain(.0))]
    Program(#[from] aya::programs::ProgramError),
    /// A map is full.
    #[error("map {map} is full: {way_out}")]
    Full {
        /// The map's name.
        map: &'static str,
        /// What the user can do.
        way_out: &'static str,
    },
    /// The kernel does not say what it knows of a map.
    #[error("map {map} cannot be inspected: {}", chain(.source))]
    Info {
        /// The map's name.
        map: String,
        /// What the kernel said.
        source: aya::maps::MapError,
    },
    /// A map could not be read or changed.
    #[error("map {map} cannot be read or changed: {}", chain(.source))]
    Map {
        /// The map's name.
        map: &'static str,
        /// What the kernel said.
        source: aya::maps::MapError,
    },
    /// Many entries of a map could not be read or removed at once.
    #[error("map {map} cannot be read or changed: {source}")]
    Batch {
        /// The map's name.
        map: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// The socket hooks could not be attached.
    #[error("cannot attach to the sockets of cgroup {cgroup}: {}", chain(&**.source))]
    Sockets {
        /// The cgroup's directory.
        cgroup: PathBuf,
        /// What the kernel said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The cgroup has all the programs of a kind that the kernel takes (`BPF_CGROUP_MAX_PROGS`).
    #[error(
        "cgroup {cgroup} holds 64 programs of a kind already, and the kernel takes no more: stop another daemon of this machine with causewayd --cleanup, or detach what `bpftool cgroup show {cgroup}` lists; then restart this one"
    )]
    SocketsFull {
        /// The cgroup's directory.
        cgroup: PathBuf,
    },
    /// A file below the bpf directory could not be made or removed.
    #[error("{path}: {source}")]
    Pin {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// An error and its causes in one line; the verifier's log, which has many, cut to its last ones.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string);
    let mut parts: Vec<String> = Vec::new();
    for text in causes.map(|text| last_lines(&text)) {
        if !parts.last().is_some_and(|last| last.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// The last three lines of a text, as one.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}

impl KernelError {
    /// The error of a full map, with the way out.
    pub const fn full(map: &'static str) -> Self {
        Self::Full { map, way_out: limits::way_out(map) }
    }
}
