//! A container to experiment with; all of it goes with the guard.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use causeway::{
    model::Id,
    runtime::{Container, Exit, LogStream, Netns, Running, Spec, netns},
};
use futures::StreamExt;

/// The program with the verb `shim`.
pub(crate) const STARTER: &str = env!("CARGO_BIN_EXE_container-starter");

/// A namespace and a container in it that has not been started.
pub(crate) struct Scratch {
    pub(crate) id: Id,
    pub(crate) netns: Netns,
    pub(crate) container: Container,
    state: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let id = Id::random();
        let state = tempfile::Builder::new().prefix("hC-").tempdir().unwrap();
        let container = Container::new(state.path(), &id).with_shim(STARTER.into());
        Self { netns: Netns::create(id.short()).unwrap(), container, state, id }
    }

    pub(crate) fn containers(&self) -> &Path {
        self.state.path()
    }

    pub(crate) fn spec(&self, command: &[&str]) -> Spec {
        Spec {
            netns: Some(self.netns.path().to_owned()),
            files: None,
            hostname: "scratch".to_owned(),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            env: vec!["GREETING=hello".to_owned()],
        }
    }

    /// Starts `sh -c script`.
    pub(crate) async fn script(&self, script: &str) -> Running {
        self.container.start(&self.spec(&["sh", "-c", script])).await.unwrap()
    }

    /// Runs `sh -c script` to its end; answers its exit and all it said on both outputs.
    pub(crate) async fn run(&self, script: &str) -> (Exit, String) {
        self.script(script).await;
        let exit = self.container.wait().await.unwrap();
        (exit, self.said().await)
    }

    /// All output so far.
    pub(crate) async fn said(&self) -> String {
        let parts: Vec<_> = self.container.logs(false).unwrap().collect().await;
        parts.into_iter().map(|part| String::from_utf8(part.unwrap().1.to_vec()).unwrap()).collect()
    }

    /// Waits until standard output has said `word`.
    pub(crate) async fn until(&self, word: &str) {
        let mut follow = self.container.logs(true).unwrap();
        let heard = async {
            while let Some(Ok((stream, bytes))) = follow.next().await {
                if stream == LogStream::Stdout && bytes.starts_with(word.as_bytes()) {
                    return;
                }
            }
            panic!("it ended without saying {word}");
        };
        tokio::time::timeout(Duration::from_secs(10), heard).await.unwrap();
    }

    /// The living processes in the container's control group, wherever their parents are. One that
    /// nobody has reaped yet shows its group too, but maps no memory.
    pub(crate) fn processes(&self) -> BTreeSet<u32> {
        let group = format!("/causeway/{}", self.id.short());
        let pids = fs::read_dir("/proc").unwrap().flatten();
        pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                let read = |name| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
                read("cgroup").contains(&group) && read("status").contains("VmSize")
            })
            .collect()
    }

    /// The container's control group in every hierarchy of version 2.
    pub(crate) fn cgroup(&self) -> Option<PathBuf> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let roots = mounts.lines().filter(|line| line.split(' ').nth(2) == Some("cgroup2"));
        let group =
            |line: &str| Path::new(line.split(' ').nth(1).unwrap()).join("causeway").join(self.id.short());
        roots.map(group).find(|path| path.exists())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(group) = self.cgroup() {
            drop(fs::write(group.join("cgroup.kill"), "1"));
            eventually(|| self.processes().is_empty());
            eventually(|| self.container.running().is_ok_and(|running| running.is_none()));
        }
        drop(netns::delete(self.netns.path()));
    }
}

/// Waits up to five seconds for `truth`.
pub(crate) fn eventually(truth: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if truth() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    truth()
}
