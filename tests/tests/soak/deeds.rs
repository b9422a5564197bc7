//! What goes wrong is done here, and that all is well again afterwards is waited for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use causeway_lab::{ip, wait};
use causeway_tests::faults::{Fault, Faults, Witness};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    cast::{BRIEF, Cluster, Container, NODES, SOON},
    load::Standing,
    post::{Clerks, Post},
    talk::Talk,
};

/// A node that gives no sign of life for a while counts as dead (`lease_ttl`), and then who talks with it by a
/// service is told so: nobody is surprised who was cut off for longer than this.
const MAY_COUNT_AS_DEAD: Duration = Duration::from_secs(2);
/// The node of the container that is replaced, and that of the further backend.
const BRIEF_NODE: usize = 3;
/// How long a backend is left to its conversations before it is removed.
const DRAINS: Duration = Duration::from_millis(300);

/// Everything that takes part.
pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) post: Arc<Post>,
    pub(crate) faults: Vec<Faults>,
    pub(crate) standing: Standing,
    brief: Container,
    further: usize,
    clerks: Clerks,
    /// Connections by services may have broken, not long ago.
    dead: bool,
}

impl Stage {
    pub(crate) fn set(cluster: Cluster, seed: u64, magic: u32, witness: &Arc<Witness>) -> Self {
        let faults: Vec<Faults> = (1..=NODES)
            .map(|node| {
                let faults =
                    Faults::on(cluster.lab.switch(), &Cluster::port(node), seed + node as u64).unwrap();
                faults.tell_of(magic).unwrap();
                faults
            })
            .collect();
        let post = Arc::new(Post::new(magic));
        let standing = Standing::begin(&cluster, &post);
        let brief = begin_brief(&cluster, &standing, &post);
        let clerks = Clerks::begin(&post, witness, &faults);
        Self { cluster, post, faults, standing, brief, further: 0, clerks, dead: false }
    }

    /// Something goes wrong for a while; soon afterwards all is well.
    pub(crate) fn go_through(&mut self, fault: Fault, lasting: Duration, what: &str) {
        let silent = matches!(fault, Fault::LinkDown(_) | Fault::DaemonPaused(_) | Fault::DaemonKilled(_));
        let died = silent && lasting > MAY_COUNT_AS_DEAD;
        let excused = std::mem::replace(&mut self.dead, died) || died;
        self.go_wrong(fault, lasting);
        let passed = Instant::now();
        self.recover(what);
        println!("{what}; well again after {:.1} s", passed.elapsed().as_secs_f64());
        for talk in &self.standing.talks {
            let broken = talk.breaks();
            let wrong = broken.iter().any(|error| error.contains("WRONG"));
            let allowed = broken.is_empty() || excused && talk.may_break && !wrong;
            assert!(allowed, "{what}: {} broke: {broken:?}", talk.name);
        }
    }

    /// What the daemons have said last.
    pub(crate) fn last_words(&self) -> String {
        let words = self.cluster.lab.nodes().iter().map(|node| {
            let (log, runs) = (node.log(), node.daemon_pid().is_some());
            let lines: Vec<&str> = log.lines().rev().take(15).collect();
            let said: Vec<&str> = lines.into_iter().rev().collect();
            format!("{} (runs: {runs}) said last:\n{}\n", node.name(), said.join("\n"))
        });
        words.collect()
    }

    /// All nodes agree; of each stream something arrives that was sent since, and each connection goes on.
    fn recover(&self, what: &str) {
        let (begun, marks) = (Instant::now(), self.post.ledger().marks());
        let rounds: Vec<u64> = self.standing.talks.iter().map(Talk::rounds).collect();
        let left = || SOON.saturating_sub(begun.elapsed());
        self.wait(&format!("{what}: all nodes agree"), left(), || self.cluster.agrees());
        let flows = || {
            let ledger = self.post.ledger();
            let silent = ledger.silent_since(&marks);
            anyhow::ensure!(silent.is_empty(), "nothing arrives: {silent:?}");
            Ok(true)
        };
        self.wait(&format!("{what}: packets arrive"), left(), flows);
        let go_on = || {
            let talks = self.standing.talks.iter().zip(&rounds);
            let silent: Vec<&str> = talks
                .filter(|(talk, before)| talk.rounds() <= **before)
                .map(|(talk, _)| &*talk.name)
                .collect();
            anyhow::ensure!(silent.is_empty(), "silent: {silent:?}");
            Ok(true)
        };
        self.wait(&format!("{what}: connections go on"), left(), go_on);
    }

    fn wait(&self, what: &str, within: Duration, ready: impl FnMut() -> anyhow::Result<bool>) {
        let waited = wait::until(what, within, ready);
        waited.unwrap_or_else(|error| panic!("{error:?}\n{}", self.last_words()));
    }

    fn go_wrong(&mut self, fault: Fault, lasting: Duration) {
        let pause = || wait::pause(lasting).unwrap();
        match fault {
            Fault::Packets(node, disturbance, parts) => {
                self.faults[node - 1].disturb(disturbance, parts).unwrap();
                pause();
                self.faults[node - 1].calm().unwrap();
            }
            Fault::LinkDown(node) => self.link_down(node, pause),
            Fault::DaemonPaused(node) => {
                let pid = Pid::from_raw(self.cluster.node(node).daemon_pid().unwrap());
                kill(pid, Signal::SIGSTOP).unwrap();
                pause();
                kill(pid, Signal::SIGCONT).unwrap();
            }
            Fault::StorePaused => {
                let store = &self.cluster.lab.members()[0];
                store.signal(Signal::SIGSTOP);
                pause();
                store.signal(Signal::SIGCONT);
            }
            Fault::DaemonKilled(node) => {
                self.cluster.lab.node_mut(node).kill_daemon();
                pause();
                self.cluster.lab.node_mut(node).start_daemon().unwrap();
            }
            Fault::ContainerReplaced => self.replace_brief(),
            Fault::ServiceScaled => self.scale(pause),
        }
    }

    fn link_down(&self, node: usize, pause: impl FnOnce()) {
        let netns = &self.cluster.node(node).netns;
        let routes = ip::ip(netns, "route show default").unwrap();
        ip::ip(netns, "link set eth0 down").unwrap();
        pause();
        ip::ip(netns, "link set eth0 up").unwrap();
        // With the interface the host's own route has gone, which only the host can know.
        ip::ip(netns, &format!("route replace {}", routes.trim())).unwrap();
    }

    fn replace_brief(&mut self) {
        kill(Pid::from_raw(self.brief.pid), Signal::SIGKILL).unwrap();
        self.post.close(BRIEF.0);
        self.cluster.cw(BRIEF_NODE, &format!("rm -f {}", BRIEF.0));
        self.brief = begin_brief(&self.cluster, &self.standing, &self.post);
    }

    fn scale(&mut self, pause: impl FnOnce()) {
        let node = 1 + self.further % NODES;
        let name = format!("further{}", self.further);
        self.further += 1;
        let backend = self.cluster.container(node, &name, "--service shop");
        self.standing.passing.serve(&self.post, &backend);
        self.cluster.becomes_active(&name);
        pause();
        self.cluster.cw(node, &format!("service update --drain {name} shop"));
        wait::pause(DRAINS).unwrap();
        self.cluster.cw(node, &format!("rm -f {name}"));
        self.post.close(&name);
    }

    /// Everything is removed that was made; the bare cluster.
    pub(crate) fn leave(self) -> Cluster {
        let Self { cluster, clerks, standing, brief, .. } = self;
        drop(clerks);
        let Standing { talks, containers, .. } = standing;
        drop(talks);
        for container in containers.into_iter().chain([brief]) {
            cluster.cw(container.node, &format!("rm -f {}", container.name));
        }
        for line in ["service rm shop fort", "network rm web"] {
            cluster.cw(1, line);
        }
        cluster
    }
}

/// The container that is replaced again and again: also a backend.
fn begin_brief(cluster: &Cluster, standing: &Standing, post: &Post) -> Container {
    let (name, address) = BRIEF;
    let brief = cluster.container(BRIEF_NODE, name, &format!("--ip {address} --service shop"));
    standing.passing.serve(post, &brief);
    brief
}
