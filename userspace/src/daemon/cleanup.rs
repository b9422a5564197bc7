//! `causewayd --cleanup`: nothing of this node is left on the machine, and nothing of it in the store.

use std::{collections::BTreeSet, fs, io, path::Path, time::Duration};

use tokio::time::timeout;

use super::{Config, host, identity, ledger::Ledger, lock, startup};
use crate::{
    desired::{self, State},
    kernel::{self, Hook},
    link::{CW_HOST, Link},
    model::{Container, ContainerState, Id},
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
    let node = identity::load_or_create(&config.state_dir)?;
    let mut stays = Stays::default();
    let ledger = stays.note("the store", open(config, &node).await);
    let containers = ids(config, ledger.as_ref(), &node);
    for id in &containers {
        let process = runtime::Container::new(&config.containers_dir(), id);
        stays.note("a process", process.stop(Duration::ZERO).await);
        stays.note("a log", process.remove());
    }
    runtime::remove_empty_cgroups();
    stays.note("an interface", interfaces(config).await);
    stays.note("a reserved port", host::free(&config.run_dir));
    for id in &containers {
        stays.note("a namespace", runtime::netns::delete(&runtime::netns::path_of(id.short())));
    }
    if let Some(ledger) = &ledger {
        stays.note("a record", records(ledger, &node).await);
    }
    stays.note("the socket", remove_file(&config.run_dir.join("causeway.sock")));
    // Its directory goes, and with it what is locked.
    drop(locks);
    stays.note("a pin", kernel::cleanup(&config.bpf_dir));
    stays.verdict()
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
    let dir = fs::read_dir(config.containers_dir()).into_iter().flatten().flatten();
    let mut ids: BTreeSet<Id> = dir.filter_map(|e| Id::parse(e.file_name().to_str()?)).collect();
    if let Some(ledger) = ledger {
        ids.extend(containers(ledger, node).into_iter().map(|c| c.id));
    }
    ids
}

fn containers(ledger: &Ledger, node: &Id) -> Vec<Container> {
    ledger.read(|s| s.containers.values().filter(|c| c.node == *node).cloned().collect())
}

/// The host's ends of containers' interfaces: those that carry a program of ours.
async fn interfaces(config: &Config) -> Result<(), Line> {
    let link = Link::here()?;
    for (hook, ifindex) in kernel::attached(&config.bpf_dir)? {
        if hook == Hook::FromContainer
            && let Some(interface) = link.by_index(ifindex).await?
        {
            link.delete(&interface.name).await?;
        }
    }
    Ok(link.delete(CW_HOST).await?)
}

/// This node's records, one container at a time: a store takes only so much at once.
async fn records(ledger: &Ledger, node: &Id) -> Result<(), Line> {
    for container in containers(ledger, node) {
        let name = container.id.as_str();
        if container.process.is_none() {
            ledger.commit(|s: &State| desired::container::detach(s, name)).await?;
            continue;
        }
        if matches!(container.state, ContainerState::Running { .. }) {
            ledger.commit(|s: &State| desired::container::exit(s, name, super::exits::LOST, 0)).await?;
        }
        ledger.commit(|s: &State| desired::container::remove(s, name)).await?;
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
