//! Docker: a daemon with network, mount and process namespaces of its own, so that the machine's
//! netfilter never hears of it and everything it started ends with it.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use causeway_lab::{Netns, Process, run, spawn, wait};

/// An image with busybox and nothing else.
pub(super) const IMAGE: &str = "guest";
/// What its containers do.
pub(super) const SLEEP: &str = "/bin/busybox sleep 100000";
/// Where its containers' control groups are, so that they are found afterwards.
const GROUP: &str = "causeway-bench-docker";
/// How long it may take to start, and to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What it would write outside of its directory is covered first. `$1` is the directory.
const START: &str = r#"
mount -t tmpfs none /run
if [ -d /etc/docker ]; then mount -t tmpfs none /etc/docker; fi
exec dockerd --storage-driver=vfs --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \
    --host "unix://$1/docker.sock" --cgroup-parent "/$2" --userland-proxy=false
"#;

/// A node with a daemon and an image.
pub(super) struct Docker {
    daemon: Process,
    /// The node.
    pub(super) node: Netns,
    host: String,
}

impl Docker {
    /// Builds the node below `directory`.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let directory = directory.join("docker");
        fs::create_dir_all(directory.join("root/bin"))?;
        let node = Netns::create("cwb-docker")?;
        let mut start = spawn::command(&node, "unshare");
        start.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", START, "sh"]);
        start.arg(&directory).arg(GROUP);
        let daemon = Process::spawn(&mut start, &directory.join("log"))?;
        let docker = Self { daemon, node, host: format!("unix://{}/docker.sock", directory.display()) };
        docker.ready(&directory)?;
        Ok(docker)
    }

    fn ready(&self, directory: &Path) -> Result<()> {
        wait::until("dockerd answers", PATIENCE, || Ok(self.docker("version").is_ok()))
            .with_context(|| fs::read_to_string(directory.join("log")).unwrap_or_default())?;
        let root = directory.join("root");
        fs::copy("/bin/busybox", root.join("bin/busybox"))?;
        let archive = directory.join("root.tar");
        let mut tar = Command::new("tar");
        run::output(tar.arg("-cf").arg(&archive).arg("-C").arg(&root).arg("."), PATIENCE)?.text()?;
        self.docker(&format!("import {} {IMAGE}", archive.display())).map(drop)
    }

    /// Runs `docker` with the words of a line; gives what it prints.
    ///
    /// # Errors
    /// If it fails.
    pub(super) fn docker(&self, line: &str) -> Result<String> {
        run::output(&mut self.command(line), PATIENCE)?.text().with_context(|| format!("docker {line}"))
    }

    /// `docker` with the words of a line.
    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = spawn::command(&self.node, "docker");
        command.env("DOCKER_HOST", &self.host).args(line.split_whitespace());
        command
    }

    /// The network namespace of a container, by its id: its process is known by its control group.
    ///
    /// # Errors
    /// If it does not run.
    pub(super) fn netns_of(&self, id: &str) -> Result<Netns> {
        let belongs = |process: &fs::DirEntry| {
            fs::read_to_string(process.path().join("cgroup")).is_ok_and(|groups| groups.contains(id))
        };
        let process = fs::read_dir("/proc")?.flatten().find(belongs).context("the container does not run")?;
        Netns::open(&process.path().join("ns/net").to_string_lossy())
    }

    /// No process is left that has the node's network namespace, as all that the daemon starts has.
    fn is_gone(&self) -> Result<bool> {
        let node = fs::metadata(self.node.path())?;
        let is_here = |process: &fs::DirEntry| {
            let netns = fs::metadata(process.path().join("ns/net"));
            netns.is_ok_and(|netns| (netns.dev(), netns.ino()) == (node.dev(), node.ino()))
        };
        Ok(!fs::read_dir("/proc")?.flatten().any(|process| is_here(&process)))
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // With the first process of a namespace all others end (pid_namespaces(7)).
        self.daemon.kill();
        if let Err(error) = wait::until("dockerd is gone", PATIENCE, || self.is_gone()) {
            eprintln!("{error:#}");
        }
        remove_groups();
    }
}

/// Removes the control groups of its containers, in whichever hierarchies.
fn remove_groups() {
    let hierarchies = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
    let roots = hierarchies.map(|entry| entry.path()).chain([PathBuf::from("/sys/fs/cgroup")]);
    for group in roots.map(|root| root.join(GROUP)) {
        remove_group(&group);
    }
}

/// Its children first. What is still in use stays.
fn remove_group(group: &Path) {
    let children = fs::read_dir(group).into_iter().flatten().flatten();
    children.map(|entry| entry.path()).filter(|path| path.is_dir()).for_each(|child| remove_group(&child));
    let _ = fs::remove_dir(group);
}
