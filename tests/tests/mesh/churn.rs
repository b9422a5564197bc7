//! Backends are scaled, drained and killed while requests come: none fails of whose backend was drained.

use std::{
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use causeway_lab::{Netns, spawn, wait};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    cast::{Cluster, SOON, long},
    requests::Requests,
};

/// Where nginx listens in its containers.
const WEB: u16 = 80;
/// The port of the service whose backends are asked to go.
const DRAINED: u16 = 8080;
/// The port of the one whose backends are killed.
const KILLED: u16 = 8081;

/// Why packets are dropped that were under way to a backend, or from it, when it was killed.
const UNDER_WAY: [&str; 3] = ["no_backend", "no_endpoint", "no_attachment"];

fn rounds() -> usize {
    if long() { 500 } else { 50 }
}

/// nginx in the foreground with one worker, which closes each connection after some requests: else one that
/// drains never gets rid of those that always ask for more.
const NGINX: &str = "
daemon off;
worker_processes 1;
pid DIRECTORY/NAME.pid;
error_log DIRECTORY/NAME.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path DIRECTORY; proxy_temp_path DIRECTORY; fastcgi_temp_path DIRECTORY;
    uwsgi_temp_path DIRECTORY; scgi_temp_path DIRECTORY;
    keepalive_requests 50;
    server { listen 80 reuseport; location / { return 200 NAME; } }
}
";

/// A cluster, and web servers that come and go in it.
struct Scene {
    cluster: Cluster,
}

impl Scene {
    fn set() -> Self {
        let cluster = Cluster::of(3);
        for (port, name) in [(DRAINED, "calm"), (KILLED, "doomed")] {
            let line = format!("service create --network web -p {port}:{WEB} --health-tcp {WEB} {name}");
            cluster.cw(1, &line);
        }
        let scene = Self { cluster };
        for node in 1..=2 {
            scene.start(node, &format!("calm{node}"), "calm");
            scene.start(node, &format!("doomed{node}"), "doomed");
        }
        scene
    }

    /// Starts a web server as a service's backend; back when it is one.
    fn start(&self, node: usize, name: &str, service: &str) {
        let directory = self.cluster.lab.layout().root.display().to_string();
        let file = self.cluster.lab.layout().root.join(format!("{name}.conf"));
        std::fs::write(&file, NGINX.replace("DIRECTORY", &directory).replace("NAME", name)).unwrap();
        let file = file.display().to_string();
        self.cluster.run(node, name, &format!("--service {service}"), &["nginx", "-c", &file]);
        self.cluster.becomes(service, name, "active");
    }

    /// Drains a backend, waits until nobody talks with it any more, and removes it.
    fn retire(&self, node: usize, name: &str) {
        let netns = self.cluster.inspected(node, name).netns;
        self.cluster.cw(3, &format!("service update --drain {name} calm"));
        wait::until(&format!("{name} is left"), SOON, || Ok(established(&netns) == 0)).unwrap();
        self.cluster.cw(node, &format!("rm -f {name}"));
    }

    /// One change of each kind.
    fn round(&self, number: usize, requests: &Requests) {
        let node = 1 + number % 2;
        match number % 3 {
            0 => {
                let extra = format!("calm-extra{number}");
                self.start(3, &extra, "calm");
                self.retire(3, &extra);
            }
            1 => {
                self.retire(node, &format!("calm{node}"));
                self.start(node, &format!("calm{node}"), "calm");
            }
            _ => {
                let name = format!("doomed{node}");
                requests.may_fail_about(self.cluster.kill(&self.cluster.inspected(node, &name)));
                self.cluster.cw(node, &format!("rm -f {name}"));
                self.start(node, &name, "doomed");
            }
        }
    }
}

/// How many connections of a namespace are established (`/proc/net/tcp`, state 1).
fn established(netns: &Netns) -> usize {
    let table = netns.run(|| std::fs::read_to_string("/proc/thread-self/net/tcp")).unwrap().unwrap();
    table.lines().filter(|line| line.split_whitespace().nth(3) == Some("01")).count()
}

/// A wrk of the outside that asks one node.
struct Wrk {
    child: Child,
    said: PathBuf,
}

impl Wrk {
    fn start(from: &Netns, url: &str, header: &str, said: &Path) -> Self {
        let mut command = spawn::command(from, "wrk");
        // It is ended when all is done.
        command.args(["-t1", "-c4", "-d3600s", "--timeout", "5s", "--latency", "-H", header, url]);
        command.stdout(std::fs::File::create(said).unwrap()).stderr(Stdio::inherit());
        Self { child: command.spawn().unwrap(), said: said.to_owned() }
    }

    /// What it says at its end.
    fn finish(mut self) -> String {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGINT).unwrap();
        self.child.wait().unwrap();
        std::fs::read_to_string(&self.said).unwrap()
    }
}

impl Drop for Wrk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Requests that wrk says were answered, if none failed.
fn all_answered(said: &str) -> usize {
    assert!(!said.contains("Socket errors") && !said.contains("Non-2xx"), "{said}");
    let line = said.lines().find(|line| line.contains(" requests in ")).unwrap_or_else(|| panic!("{said}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn no_request_fails_but_those_of_backends_that_are_killed() {
    let scene = Scene::set();
    let root = scene.cluster.lab.layout().root.clone();
    let wrks: Vec<Wrk> = (1..=3)
        .flat_map(|node| ["Connection: close", "Connection: keep-alive"].map(|header| (node, header)))
        .enumerate()
        .map(|(number, (node, header))| {
            let url = format!("http://{}/", scene.cluster.at(node, DRAINED));
            Wrk::start(scene.cluster.outside(), &url, header, &root.join(format!("wrk{number}")))
        })
        .collect();
    let targets = (1..=3).map(|node| scene.cluster.at(node, KILLED)).collect();
    let requests = Requests::start(scene.cluster.outside(), targets);
    let begun = Instant::now();
    for number in 0..rounds() {
        scene.round(number, &requests);
    }
    thread::sleep(Duration::from_millis(200));
    let (asked, took) = (requests.finish(), begun.elapsed());
    let answered: usize = wrks.into_iter().map(|wrk| all_answered(&wrk.finish())).sum();
    println!("{} rounds in {took:?}: {answered} requests of wrk and {asked} others were answered", rounds());
    assert!(answered > 20 * rounds() && asked > rounds(), "{answered} and {asked} are no load");
    for node in 1..=3 {
        let dropped = scene.cluster.drops(node).into_keys().filter(|reason| !UNDER_WAY.contains(&&**reason));
        assert_eq!(dropped.collect::<Vec<_>>(), [""; 0], "drops of node{node}");
    }
}
