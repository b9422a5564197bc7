//! One node with something on it, whose daemon is killed where the test says.

use std::{ffi::OsStr, fs, path::PathBuf, process::Child, time::Duration};

use causeway_lab::{Lab, Netns, Node, Output, Store, run, spawn, wait};

/// How long anything that should happen may take.
pub(crate) const SOON: Duration = Duration::from_secs(15);

/// A node, and a namespace that somebody else has made.
pub(crate) struct Scene {
    pub(crate) lab: Lab,
    pub(crate) foreign: Netns,
    holder: Child,
    counter: PathBuf,
}

impl Scene {
    /// A node whose daemon runs.
    pub(crate) fn new(store: Store) -> Self {
        let mut scene = Self::without_daemon(store);
        if store == Store::Etcd {
            scene.lab.start_etcd().unwrap();
        }
        scene.start();
        scene
    }

    /// A node on which nothing has ever been started.
    pub(crate) fn without_daemon(store: Store) -> Self {
        let lab = Lab::builder().nodes(1).store(store).daemons(false).start().unwrap();
        let foreign = Netns::create(&format!("{}-foreign", lab.layout().prefix)).unwrap();
        let holder = spawn::command(&foreign, "sleep").arg("900").spawn().unwrap();
        let counter = lab.layout().root.join("failpoint");
        Self { lab, foreign, holder, counter }
    }

    /// The same with two networks and a container in the first of them.
    pub(crate) fn furnished(store: Store) -> Self {
        let scene = Self::new(store);
        scene.ok("network create --subnet 10.71.0.0/24 one");
        scene.ok("network create -d overlay --subnet 10.72.0.0/24 two");
        scene.ok("run -d --name base --hostname base --network one --ip 10.71.0.9 -- sleep 900");
        scene
    }

    pub(crate) fn node(&self) -> &Node {
        self.lab.node(1)
    }

    /// Starts the daemon, which counts what it passes, and waits for it.
    pub(crate) fn start(&mut self) {
        self.begin();
        // One that is drained is not ready in the eyes of others.
        let answers = || Ok(self.is_dead() || self.node().cw("version").is_ok());
        wait::until("the daemon answers", SOON, answers).unwrap();
        assert!(!self.is_dead(), "it has ended:\n{}", self.node().log());
    }

    /// As [`Scene::start`], without waiting.
    pub(crate) fn begin(&mut self) {
        // One that was killed holds its locks until the last of its threads has ended; this waits for that.
        self.lab.node_mut(1).kill_daemon();
        let counter = self.counter.clone();
        let environment = [
            ("CAUSEWAY_FAILPOINT", counter.as_os_str()),
            ("RUST_LOG", OsStr::new("info,causeway::failpoint=debug")),
        ];
        self.lab.node_mut(1).start_daemon_with(environment).unwrap();
    }

    /// Runs `causeway`; `FOREIGN` and `PID` stand for the namespace that somebody else has made.
    pub(crate) fn say(&self, line: &str) -> Output {
        let path = self.foreign.path().display().to_string();
        let line = line.replace("FOREIGN", &path).replace("PID", &self.holder.id().to_string());
        self.node().causeway(line.split_whitespace()).unwrap()
    }

    /// Runs `causeway`, which must succeed.
    pub(crate) fn ok(&self, line: &str) {
        let Output { code, stderr, .. } = self.say(line);
        assert_eq!((code, stderr.as_str()), (0, ""), "causeway {line}");
    }

    pub(crate) fn all(&self, lines: &[&str]) {
        lines.iter().for_each(|line| self.ok(line));
    }

    /// Runs `causewayd --cleanup`, which counts, too.
    pub(crate) fn cleanup(&self) -> Output {
        self.node().cleanup_with([("CAUSEWAY_FAILPOINT", self.counter.as_os_str())]).unwrap()
    }

    /// Whoever passes the step with this number from now on is killed there; 0: nobody.
    pub(crate) fn arm(&self, number: u32) {
        fs::write(&self.counter, number.to_string()).unwrap();
    }

    /// How many steps are left until the one at which somebody is killed; 0: it has come to that.
    pub(crate) fn left(&self) -> u32 {
        let mut left = None;
        wait::until("the count is whole", SOON, || {
            left = fs::read_to_string(&self.counter)?.lines().next().and_then(|line| line.parse().ok());
            Ok(left.is_some())
        })
        .unwrap();
        left.unwrap()
    }

    /// The last step that was passed.
    pub(crate) fn place(&self) -> String {
        fs::read_to_string(&self.counter).unwrap().lines().nth(1).unwrap_or("nowhere").to_owned()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.node().daemon_pid().is_none()
    }

    /// Waits until it is dead.
    pub(crate) fn wait_for_death(&self) {
        wait::until("the daemon is dead", SOON, || Ok(self.is_dead())).unwrap();
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Runs a command on this machine.
pub(crate) fn host(words: &[&str]) -> String {
    let mut command = std::process::Command::new(words[0]);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    run::output(command.args(&words[1..]), run::LIMIT).unwrap().text().unwrap()
}
