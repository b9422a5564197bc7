//! The dataplane as the daemon sees it: programs, maps and links in the kernel. The only room that
//! touches aya.
//!
//! ```text
//!   object.rs     the compiled programs, embedded
//!   load.rs       object + options  -> programs and maps in the kernel, pinned; once a version
//!   programs.rs   those programs, by their pins; version.rs which version they are
//!   shape.rs      pinned maps       -> are they this build's?
//!   migrate.rs    pins of an earlier layout -> pins of this one
//!   roads.rs      programs that others hand packets to -> slots of a map
//!   links.rs      hook + interface  -> a pinned TCX link; on start: old links, new programs
//!   xdp.rs        the uplink -> a pinned XDP link, by the driver or by the kernel
//!   tables.rs     maps <-> plan::Tables, one plan::Step at a time
//!   writer.rs     steps that follow one another in one map -> one call; runs.rs, batch.rs how
//!   front.rs      what is found before the hash tables; memory.rs what maps share with programs
//!   services.rs   the same for services; rings.rs for what they share by memory; ingress_ports.rs ports without a hash
//!   sockets.rs    cgroup -> pinned links of the socket hooks; lo.rs where those cannot be
//!   flows.rs      flows that expired or lost their end, removed piece by piece; remove.rs how
//!   counters.rs   per-CPU counters, summed
//!   measure.rs    programs that measure the road, for benches; bench_programs.rs those of others
//! ```
//!
//! Everything is pinned below the bpf directory, so the dataplane outlives the daemon:
//! `<bpf_dir>/v5/maps/<MAP>`, `<bpf_dir>/v5/programs/<version>/<program>` and
//! `<bpf_dir>/v5/links/<hook>-<ifindex>`. Several daemons on one machine use several bpf directories.

mod batch;
mod bench_programs;
mod cleanup;
mod cookie;
mod counters;
mod drop_log;
mod error;
mod facts;
mod faults;
mod flows;
mod front;
mod hook;
mod ingress_ports;
mod link_update;
mod links;
mod lo;
mod load;
mod measure;
mod memory;
mod migrate;
mod object;
mod options;
mod pins;
mod preflight;
mod programs;
mod remove;
mod rings;
mod roads;
mod runs;
mod services;
mod shape;
mod sockets;
mod tables;
mod test_run;
mod tracked;
mod unpublished;
mod version;
mod wire_run;
mod writer;
mod xdp;

pub use bench_programs::BenchPrograms;
pub use causeway_common::names::SOCKET_HOOKS;
pub use cleanup::cleanup;
pub use cookie::{netns_cookie, netns_cookie_of};
pub use counters::MapUse;
pub use error::KernelError;
pub use facts::{MapFacts, ProgramFacts};
pub use faults::Disturbing;
pub use flows::{Entry, FlowWalk, now};
pub use hook::Hook;
pub use links::attached;
pub use load::Dataplane;
pub use measure::{Load, Measuring};
pub use object::OBJECT;
pub use options::Options;
pub use pins::{parse_link, parse_xdp_link};
pub use preflight::preflight;
pub use shape::Shape;
pub use test_run::{Outcome, SkbContext};
pub use tracked::TrackedWalk;
pub use wire_run::WireOutcome;
pub use xdp::WireMode;
