//! A daemon is replaced by another: nothing is lost, nothing breaks, whichever build the other is.

use std::{
    os::unix::{fs::symlink, net::UnixStream},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Result;
use causeway_common::names;
use causeway_lab::{Lab, wait};
use causeway_tests::dataplane::pins;

use super::{
    cast::{Cluster, SOON},
    load::Load,
};

/// Connections of each kind.
const CONNECTIONS: usize = 25;
/// How long a daemon may take to answer.
const READY: Duration = Duration::from_secs(20);

/// What becomes of the pins while no daemon looks after them.
type Change = fn(&Path) -> Result<()>;

fn nothing(_: &Path) -> Result<()> {
    Ok(())
}

fn earlier_layout(bpf_dir: &Path) -> Result<()> {
    pins::as_earlier_layout(bpf_dir, 0)
}

/// Two nodes; packets and connections from node 1's `a` to node 2's `b`, connections from `a` to the outside.
#[test]
fn daemons_are_replaced_under_load_without_a_loss() {
    let mut cluster = Cluster::of(2);
    let mut load = Load::begin(&cluster, CONNECTIONS);
    let replacements: [(&str, Change); 3] = [
        ("the same build", nothing),
        ("a build of another version", pins::as_another_version),
        ("a build of another layout", earlier_layout),
    ];
    for (what, change) in replacements {
        let took = load.outlives(&mut cluster, what, |cluster| replace(cluster, change));
        println!("{what}: answers after {took:?}");
    }
    let late = cluster.container(1, "web", "late");
    wait::until("who comes later is reached", SOON, || Ok(late.pings_once(load.b.ip))).unwrap();
}

/// The binaries of the last build with another map layout, which long runs make; `causewayd` and `causeway` are
/// looked for in a directory that leads there, and then to this build's.
struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    const NAMES: [&str; 2] = ["causewayd", "causeway"];

    fn leading_to(binaries: &Path) -> Self {
        let directory = std::env::temp_dir().join(format!("causeway-upgrade-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let made = Self { directory };
        made.lead_to(binaries);
        made
    }

    fn lead_to(&self, binaries: &Path) {
        for name in Self::NAMES {
            let link = self.directory.join(name);
            drop(std::fs::remove_file(&link));
            symlink(binaries.join(name), link).unwrap();
        }
    }
}

impl Drop for Binaries {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// What stands in the name of the directory that a node's dataplane is pinned in.
fn layouts(cluster: &Cluster, node: u8) -> Vec<String> {
    let there = std::fs::read_dir(cluster.lab.layout().bpf_dir(node)).unwrap().flatten();
    let names = there.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with('v')).collect()
}

/// In long runs only: the earlier build is made for minutes.
#[test]
fn the_last_build_with_another_layout_is_replaced_under_load_without_a_loss() {
    let Some(earlier) = std::env::var_os("CAUSEWAY_EARLIER") else { return };
    let binaries = Binaries::leading_to(Path::new(&earlier));
    let builder = Lab::builder().nodes(2).bins(binaries.directory.clone());
    let mut cluster = Cluster { lab: builder.start().unwrap() };
    let mut load = Load::begin(&cluster, CONNECTIONS);
    let before = layouts(&cluster, 1);
    assert_ne!(before, [names::LAYOUT], "the earlier build has another layout");
    binaries.lead_to(&causeway_lab::bins::directory().unwrap());
    for what in ["the last build with another layout", "this build"] {
        let took = load.outlives(&mut cluster, what, |cluster| replace(cluster, nothing));
        println!("{what}: answers after {took:?}");
        assert_eq!(layouts(&cluster, 1), [names::LAYOUT], "{before:?}");
    }
    let late = cluster.container(1, "web", "late");
    wait::until("who comes later is reached", SOON, || Ok(late.pings_once(load.b.ip))).unwrap();
}

/// Replaces both daemons, one after the other; how long each took until it answered.
fn replace(cluster: &mut Cluster, change: Change) -> [Duration; 2] {
    [1, 2].map(|number: u8| {
        let layout = cluster.lab.layout();
        let (bpf_dir, socket) = (layout.bpf_dir(number), layout.node_dir(number).join("run/causeway.sock"));
        let node = cluster.lab.node_mut(number.into());
        node.kill_daemon();
        change(&bpf_dir).unwrap();
        let begun = Instant::now();
        node.start_daemon().unwrap();
        wait::until("it answers", READY, || Ok(UnixStream::connect(&socket).is_ok())).unwrap();
        let took = begun.elapsed();
        node.wait_ready(2).unwrap();
        took
    })
}
