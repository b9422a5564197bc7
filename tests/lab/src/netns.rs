//! Network namespaces: a guard that makes, enters and removes one.

use std::{
    fs::File,
    os::fd::OwnedFd,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use nix::sched::{CloneFlags, setns};

use crate::run;

/// Where `ip netns` keeps namespaces by name.
pub const DIRECTORY: &str = "/run/netns";

/// A named network namespace. Made with [`Netns::create`] it is removed on drop; opened, it stays.
#[derive(Debug)]
pub struct Netns {
    name: String,
    handle: Arc<OwnedFd>,
    owned: bool,
}

impl Netns {
    /// Makes a namespace that `ip netns` shows as `name`, with its loopback up and without IPv6.
    ///
    /// # Errors
    /// If it exists, or the kernel refuses.
    pub fn create(name: &str) -> Result<Self> {
        run::output(&mut ip_netns("add", name), run::LIMIT)?
            .text()
            .with_context(|| format!("namespace {name}"))?;
        let mut netns = Self::open(name).inspect_err(|_| remove(name))?;
        netns.owned = true;
        netns.run(quieten)?.with_context(|| format!("namespace {name}"))?;
        crate::ip::ip(&netns, "link set lo up")?;
        Ok(netns)
    }

    /// Opens an existing namespace by name.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(name: &str) -> Result<Self> {
        let path = path(name);
        let file = File::open(&path).with_context(|| format!("no namespace {}", path.display()))?;
        Ok(Self { name: name.to_owned(), handle: Arc::new(file.into()), owned: false })
    }

    /// Leaves the namespace in place when this guard is dropped.
    pub fn keep(&mut self) {
        self.owned = false;
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path under [`DIRECTORY`].
    pub fn path(&self) -> PathBuf {
        path(&self.name)
    }

    /// Its open descriptor.
    pub fn handle(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.handle)
    }

    /// Runs `work` inside, on a thread of its own; sockets that it makes belong to the namespace.
    ///
    /// # Errors
    /// If the namespace cannot be entered, or `work` panics.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        let inside = || -> Result<T> {
            setns(&*self.handle, CloneFlags::CLONE_NEWNET).with_context(|| self.name.clone())?;
            Ok(work())
        };
        thread::scope(|scope| scope.spawn(inside).join())
            .map_err(|panic| anyhow!("a thread in {} panicked: {}", self.name, said(&*panic)))?
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        if self.owned {
            remove(&self.name);
        }
    }
}

/// Removes a namespace by name, if it is there.
pub fn remove(name: &str) {
    if path(name).exists() {
        let _ = run::to_the_end(&mut ip_netns("del", name), run::LIMIT);
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(name)
}

fn ip_netns(verb: &str, name: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", verb, name]).process_group(0);
    command
}

/// Router solicitations and duplicate address detection would only disturb counts and captures.
fn quieten() -> std::io::Result<()> {
    for scope in ["all", "default"] {
        let path = format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
        if Path::new(&path).exists() {
            std::fs::write(path, "1")?;
        }
    }
    Ok(())
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}
