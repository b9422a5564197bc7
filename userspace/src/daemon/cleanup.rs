//! `causewayd --cleanup`: nothing of this node is left on the machine, and nothing of it in the store.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::timeout;

use super::{
    Config, adopt, endpoints, grace_periods::GracePeriods, host, identity, intent, ledger::Ledger, lock,
    startup,
};
use crate::{
    desired::{self, State},
    failpoint,
    kernel::{self, Hook},
    link::{CW_HOST, CW_VXLAN, Link},
    model::{Container, ContainerState, Endpoint, Id},
    runtime,
};

/// How long the store may take: the machine is cleaned with or without it.
const PATIENCE: Duration = Duration::from_secs(5);

type Line = Box<dyn std::error::Error + Send + Sync>;

/// Removes all that the daemon of these directories has made: processes, namespaces, interfaces,
/// programs, maps, records. The daemon must be stopped. What cannot be removed is named, and the
/// rest is removed all the same.
///
/// # Errors
/// Where the daemon runs, or something stays.
pub async fn cleanup(config: &Config) -> Result<(), Line> {
    if !nix::unistd::geteuid().is_root() {
        return Err("causewayd --cleanup must run as root; try sudo".into());
    }
    kernel::preflight(&config.bpf_dir)?;
    let locks = lock::take(&[&config.state_dir, &config.run_dir, &config.bpf_dir])?;
    fs::write(note(config), "").map_err(|e| format!("{}: {e}", note(config).display()))?;
    failpoint::pass("a cleanup is noted");
    let node = identity::load_or_create(&config.state_dir)?;
    let mut stays = Stays::default();
    let ledger = stays.note("the store", open(config, &node).await);
    let containers = ids(config, ledger.as_ref(), &node);
    for id in &containers {
        let process = runtime::Container::new(&config.containers_dir(), id);
        stays.note("a process", process.end().await);
    }
    failpoint::pass("processes have ended");
    stays.note("an interface", interfaces(config, ledger.as_ref(), &node).await);
    failpoint::pass("interfaces are gone");
    stays.note("a reserved port", host::free(&config.run_dir));
    failpoint::pass("ports are free");
    for id in &containers {
        // Its directory goes last: by it the rest is found when this has to be done once more.
        stays.note("a namespace", runtime::netns::delete(&runtime::netns::path_of(id.short())));
        failpoint::pass("a namespace is gone");
        stays.note("a log", runtime::Container::new(&config.containers_dir(), id).remove());
    }
    runtime::remove_empty_cgroups();
    failpoint::pass("directories are gone");
    if let Some(ledger) = &ledger {
        stays.note("a record", records(ledger, &node).await);
    }
    stays.note("a note", intent::forget_all(&config.run_dir));
    drop(GracePeriods::open(&config.run_dir));
    stays.note("the socket", remove_file(&config.run_dir.join("causeway.sock")));
    stays.note("the keeper's socket", runtime::Keeper::forget_gone(&config.run_dir));
    failpoint::pass("records are gone");
    // Its directory goes, and with it what is locked.
    drop(locks);
    stays.note("a pin", kernel::cleanup(&config.bpf_dir));
    failpoint::pass("pins are gone");
    stays.note("a note", remove_file(&note(config)));
    stays.verdict()
}

/// It says that this has begun. What stays in the end is said and no reason to begin again.
fn note(config: &Config) -> PathBuf {
    config.state_dir.join("cleanup-begun")
}

/// Whether a cleanup was killed in its middle: it is to be gone through with before the daemon starts, which then
/// is a new node, and not half of the old one.
pub fn cleanup_begun(config: &Config) -> bool {
    note(config).exists()
}

/// What could not be removed.
#[derive(Default)]
struct Stays(Vec<String>);

impl Stays {
    fn note<T, E: std::fmt::Display>(&mut self, what: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.0.push(format!("{what} stays: {error}"))).ok()
    }

    fn verdict(self) -> Result<(), Line> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0.join("; ").into()) }
    }
}

async fn open(config: &Config, node: &Id) -> Result<Ledger, Line> {
    timeout(PATIENCE, startup::open_ledger(config, node)).await?
}

/// The containers that this node has made: those with a directory of their own here, and those that
/// the store has.
fn ids(config: &Config, ledger: Option<&Ledger>, node: &Id) -> BTreeSet<Id> {
    let mut ids = adopt::ids(&config.containers_dir());
    if let Some(ledger) = ledger {
        ids.extend(containers(ledger, node).into_iter().map(|c| c.id));
    }
    ids
}

fn containers(ledger: &Ledger, node: &Id) -> Vec<Container> {
    ledger.read(|s| s.containers.values().filter(|c| c.node == *node).cloned().collect())
}

/// The host's ends of containers' interfaces: those that carry a program of ours or this node's mark, and
/// those that it has recorded.
async fn interfaces(config: &Config, ledger: Option<&Ledger>, node: &Id) -> Result<(), Line> {
    let link = Link::here()?;
    let programs: BTreeSet<u32> = attached_to(config)?.collect();
    let ours =
        |s: &State| s.endpoints.values().filter(|e| e.node == *node).map(Endpoint::host_ifname).collect();
    let recorded: BTreeSet<String> = ledger.map(|ledger| ledger.read(ours)).unwrap_or_default();
    for interface in link.list().await? {
        if programs.contains(&interface.ifindex)
            || recorded.contains(&interface.name)
            || endpoints::is_marked(&interface, node)
        {
            link.delete(&interface.name).await?;
            failpoint::pass("an interface is gone");
        }
    }
    link.delete(CW_VXLAN).await?;
    Ok(link.delete(CW_HOST).await?)
}

/// The interfaces with a program for what comes from containers.
fn attached_to(config: &Config) -> Result<impl Iterator<Item = u32>, Line> {
    let attached = kernel::attached(&config.bpf_dir)?.into_iter();
    Ok(attached.filter(|(hook, _)| *hook == Hook::FromContainer).map(|(_, ifindex)| ifindex))
}

/// This node's records, one container at a time: a store takes only so much at once.
async fn records(ledger: &Ledger, node: &Id) -> Result<(), Line> {
    for container in containers(ledger, node) {
        let name = container.id.as_str();
        if container.process.is_some() && matches!(container.state, ContainerState::Running { .. }) {
            ledger.commit(|s: &State| desired::container::exit(s, name, super::exits::LOST, 0)).await?;
        }
        ledger.commit(|s: &State| desired::container::strike_out(s, &container)).await?;
    }
    while ledger.read(|s| s.nodes.contains_key(node)) {
        ledger.commit(|s: &State| desired::node::leave(s, node)).await?;
    }
    Ok(())
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
