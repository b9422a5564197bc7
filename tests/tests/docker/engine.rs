//! One engine: a dockerd in the network namespace of a node, with mount and process namespaces of its own, so that it
//! finds its node's plugin, and everything that it started ends with it.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use causeway_lab::{Node, Output, Process, run, spawn, wait};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use super::image::IMAGE;

/// How long dockerd may take to start, and to be gone.
const PATIENCE: Duration = Duration::from_secs(90);

/// What it would write outside of its directory is covered first; overlays are used where the directory's file system
/// carries them. `$1` is the directory, `$2` a control group.
const START: &str = r#"
mount -t tmpfs none /run
mkdir -p /run/docker/plugins
mount --bind "$1/plugins" /run/docker/plugins
if [ -d /etc/docker ]; then mount -t tmpfs none /etc/docker; fi
driver=vfs
try="$1/try"
mkdir -p "$try/lower" "$try/upper" "$try/work" "$try/all"
if mount -t overlay none -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/all" 2>/dev/null
then umount "$try/all"; driver=overlay2; fi
exec dockerd --storage-driver="$driver" --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" \
    --host "unix://$1/docker.sock" --cgroup-parent "/$2" --userland-proxy=false
"#;

/// The client that comes with the engine.
pub(crate) const CLIENT: &str = "/usr/bin/docker";

/// An engine.
pub(crate) struct Engine {
    directory: PathBuf,
    group: String,
    client: &'static str,
    daemon: Option<Process>,
}

impl Engine {
    /// The directories of a node's engine; it is not started yet.
    pub(crate) fn at(directory: PathBuf, prefix: &str, number: usize, client: &'static str) -> Self {
        fs::create_dir_all(directory.join("plugins")).unwrap();
        Self { directory, group: format!("{prefix}-docker{number}"), client, daemon: None }
    }

    /// Where its node's plugin listens.
    pub(crate) fn plugin(&self) -> PathBuf {
        self.directory.join("plugins/causeway.sock")
    }

    /// Its API.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("docker.sock")
    }

    /// Starts it.
    pub(crate) fn launch(&mut self, node: &Node) {
        let mut start = spawn::command(&node.netns, "unshare");
        start.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", START, "sh"]);
        start.arg(&self.directory).arg(&self.group);
        self.daemon = Some(Process::spawn(&mut start, &self.directory.join("log")).unwrap());
    }

    /// Waits until it answers.
    pub(crate) fn wait_ready(&self, node: &Node) {
        let answers = || Ok(self.docker(node, "version").is_ok());
        if let Err(error) = wait::until("dockerd answers", PATIENCE, answers) {
            panic!("{error:#}\n{}", self.log());
        }
    }

    /// Imports the image.
    pub(crate) fn import(&self, node: &Node, archive: &Path) {
        self.docker(node, &format!("import {} {IMAGE}", archive.display())).unwrap();
    }

    /// What it has said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    /// Asks it to end, as `systemctl stop docker` does: it stops its containers first.
    pub(crate) fn stop(&mut self, node: &Node) {
        if let Some(daemon) = self.daemon.take() {
            // To its process group: `unshare` waits for it.
            killpg(Pid::from_raw(daemon.pid()), Signal::SIGTERM).unwrap();
            wait::until("dockerd has stopped", PATIENCE, || Ok(!daemon.runs())).unwrap();
        }
        wait::until("dockerd is gone", PATIENCE, || Ok(is_gone(node))).unwrap();
    }

    /// Ends it at once, and with it all its containers, as if the power had gone.
    pub(crate) fn kill(&mut self, node: &Node) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
        wait::until("dockerd is gone", PATIENCE, || Ok(is_gone(node))).unwrap();
        // What a machine that starts again has forgotten.
        drop(fs::remove_file(self.directory.join("pid")));
        drop(fs::remove_dir_all(self.directory.join("exec")));
    }

    /// `docker` with these words; what it printed, or why it failed.
    pub(crate) fn docker(&self, node: &Node, line: &str) -> Result<String, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = self.run(node, &words);
        let said = || format!("docker {line}: {}{}", output.stdout, output.stderr);
        if output.code == 0 { Ok(output.stdout.trim().to_owned()) } else { Err(said()) }
    }

    /// `docker` with these words.
    pub(crate) fn run(&self, node: &Node, words: &[&str]) -> Output {
        run::output(&mut self.command(node, self.client, words), PATIENCE).unwrap()
    }

    /// Any client of this engine.
    pub(crate) fn command(&self, node: &Node, program: &str, words: &[&str]) -> Command {
        let mut command = spawn::command(&node.netns, program);
        command.env("DOCKER_HOST", format!("unix://{}", self.socket().display())).args(words);
        command
    }

    /// Takes away what is left of a dead engine.
    pub(crate) fn clean_up(&mut self, node: &Node) {
        self.kill(node);
        remove_groups(&self.group);
    }
}

/// No process is left that is in a process namespace of the engine's: none has the node's network namespace but
/// the daemon and the keeper of containers.
fn is_gone(node: &Node) -> bool {
    let own = fs::metadata(node.netns.path()).unwrap();
    let here = fs::metadata("/proc/self/ns/pid").unwrap().ino();
    let is_engines = |process: &fs::DirEntry| {
        let netns = fs::metadata(process.path().join("ns/net"));
        let pids = fs::metadata(process.path().join("ns/pid"));
        netns.is_ok_and(|netns| (netns.dev(), netns.ino()) == (own.dev(), own.ino()))
            && pids.is_ok_and(|pids| pids.ino() != here)
    };
    !fs::read_dir("/proc").unwrap().flatten().any(|process| is_engines(&process))
}

/// Removes the control groups of its containers, in whichever hierarchies.
fn remove_groups(name: &str) {
    let hierarchies = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
    let roots = hierarchies.map(|entry| entry.path()).chain([PathBuf::from("/sys/fs/cgroup")]);
    for group in roots.map(|root| root.join(name)) {
        remove_group(&group);
    }
}

/// Its children first. What is still in use stays.
fn remove_group(group: &Path) {
    let children = fs::read_dir(group).into_iter().flatten().flatten();
    children.map(|entry| entry.path()).filter(|path| path.is_dir()).for_each(|child| remove_group(&child));
    let _ = fs::remove_dir(group);
}
