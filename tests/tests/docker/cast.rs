//! Who plays: nodes, each with an engine that knows the node's plugin.

use std::time::Duration;

use causeway_lab::{Lab, Node, Output, run, wait};
use serde::de::DeserializeOwned;

use super::{
    engine::{CLIENT, Engine},
    image,
};

/// How long what is learned from an engine may take until it is known on all nodes.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// How long may take what is looked for now and then.
pub(crate) const LATER: Duration = Duration::from_secs(60);

/// Nodes and their engines.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
    engines: Vec<Engine>,
}

impl Cluster {
    /// So many nodes, each with an engine.
    pub(crate) fn of(nodes: u8) -> Self {
        Self::talked_to_by(CLIENT, nodes)
    }

    /// Likewise, by another client than the one that comes with the engine.
    pub(crate) fn talked_to_by(client: &'static str, nodes: u8) -> Self {
        let lab = Lab::builder().nodes(nodes).daemons(false).start().unwrap();
        let root = lab.layout().root.clone();
        let prefix = lab.layout().prefix.clone();
        let engine = |number| Engine::at(root.join(format!("docker{number}")), &prefix, number, client);
        let engines = (1..=usize::from(nodes)).map(engine).collect();
        let mut cluster = Self { lab, engines };
        cluster.lab.start_etcd().unwrap();
        for number in 1..=usize::from(nodes) {
            cluster.start_daemon(number);
        }
        for number in 1..=usize::from(nodes) {
            cluster.lab.node(number).wait_ready(nodes).unwrap();
        }
        let archive = image::archive(&root);
        (1..=usize::from(nodes)).for_each(|number| cluster.launch_engine(number));
        for number in 1..=usize::from(nodes) {
            cluster.engine(number).wait_ready(cluster.node(number));
            cluster.engines[number - 1].import(cluster.lab.node(number), &archive);
        }
        cluster
    }

    /// Starts a node's causewayd with its plugin.
    pub(crate) fn start_daemon(&mut self, node: usize) {
        let engine = &self.engines[node - 1];
        let (plugin, socket) = (engine.plugin(), engine.socket());
        let options = ["--docker-plugin", "--docker-plugin-socket", plugin.to_str().unwrap()];
        let more = ["--docker-socket", socket.to_str().unwrap()];
        self.lab.node_mut(node).start_daemon_given(&[&options[..], &more[..]].concat()).unwrap();
    }

    /// Starts a node's engine, and waits until it answers.
    pub(crate) fn start_engine(&mut self, node: usize) {
        self.launch_engine(node);
        self.engine(node).wait_ready(self.node(node));
    }

    /// Starts a node's engine.
    pub(crate) fn launch_engine(&mut self, node: usize) {
        self.engines[node - 1].launch(self.lab.node(node));
    }

    pub(crate) fn stop_engine(&mut self, node: usize) {
        self.engines[node - 1].stop(self.lab.node(node));
    }

    pub(crate) fn kill_engine(&mut self, node: usize) {
        self.engines[node - 1].kill(self.lab.node(node));
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    pub(crate) fn engine(&self, number: usize) -> &Engine {
        &self.engines[number - 1]
    }

    /// Runs `docker` with the words of a line on a node; what it printed. It must succeed.
    pub(crate) fn docker(&self, node: usize, line: &str) -> String {
        self.engine(node).docker(self.node(node), line).unwrap_or_else(|error| {
            panic!(
                "node{node}: {error}\n--- dockerd\n{}\n--- causewayd\n{}",
                tail(&self.engine(node).log()),
                tail(&self.node(node).log())
            )
        })
    }

    /// Likewise; why it failed.
    pub(crate) fn refused(&self, node: usize, line: &str) -> String {
        self.engine(node).docker(self.node(node), line).expect_err(line)
    }

    /// Runs a shell script in a container; what it printed, trimmed.
    pub(crate) fn try_exec(&self, node: usize, container: &str, script: &str) -> Output {
        self.engine(node).run(self.node(node), &["exec", container, "sh", "-c", script])
    }

    /// Likewise. It must succeed.
    pub(crate) fn exec(&self, node: usize, container: &str, script: &str) -> String {
        let output = self.try_exec(node, container, script);
        assert_eq!(output.code, 0, "node{node}: {container}: {script}: {}{}", output.stdout, output.stderr);
        output.stdout.trim().to_owned()
    }

    /// Waits until a script in a container prints what is wanted; where that is nothing, until it succeeds.
    pub(crate) fn exec_until(&self, node: usize, container: &str, script: &str, wanted: &str) {
        let mut last = String::new();
        let prints = || {
            let output = self.try_exec(node, container, script);
            last = format!("{}{}", output.stdout, output.stderr);
            Ok(if wanted.is_empty() { output.code == 0 } else { output.stdout.contains(wanted) })
        };
        if let Err(error) = wait::until("it prints that", SOON, prints) {
            panic!(
                "node{node}: {container}: {script}: {error:#}; last: {last}\n{}",
                tail(&self.node(node).log())
            );
        }
    }

    /// Runs `causeway` with the words of a line on a node; what it printed.
    pub(crate) fn cw(&self, node: usize, line: &str) -> String {
        self.node(node).cw(line).unwrap()
    }

    /// What a command of `causeway` that prints JSON says.
    pub(crate) fn read<T: DeserializeOwned>(&self, node: usize, line: &str) -> T {
        serde_json::from_str(&self.cw(node, line)).unwrap()
    }

    /// A network that all engines have: made on the first one, and joined by the others under its name.
    pub(crate) fn network(&self, name: &str, options: &str) {
        for node in 1..=self.engines.len() {
            self.join(node, name, if node == 1 { options } else { "" });
        }
    }

    /// A network that a node's engine has in common with those that have it, or make it, under its name.
    pub(crate) fn join(&self, node: usize, name: &str, options: &str) {
        let ipam = format!("--ipam-driver causeway --ipam-opt causeway.network={name}");
        self.docker(
            node,
            &format!("network create -d causeway {ipam} -o causeway.network={name} {options} {name}"),
        );
    }

    /// A container that serves files over HTTP on a port; back when it does.
    pub(crate) fn server(&self, node: usize, name: &str, options: &str, port: u16) {
        self.docker(
            node,
            &format!("run -d --name {name} {options} {} httpd -f -p {port} -h /", image::IMAGE),
        );
        self.exec_until(
            node,
            name,
            &format!("curl -sS --max-time 2 http://127.0.0.1:{port}/etc/hostname"),
            "",
        );
    }

    /// A container that sleeps.
    pub(crate) fn client(&self, node: usize, name: &str, options: &str) {
        self.docker(node, &format!("run -d --name {name} {options} {} sleep 100000", image::IMAGE));
    }

    /// Fetches a page from a namespace of the lab's.
    pub(crate) fn curl(&self, from: &Node, url: &str) -> Result<String, String> {
        let words = ["curl", "-sS", "--max-time", "3", url];
        let output = run::output(from.command(words[0]).args(&words[1..]), run::LIMIT).unwrap();
        if output.code == 0 { Ok(output.stdout.trim().to_owned()) } else { Err(output.stderr) }
    }

    /// The names of the containers that a node's causewayd shows.
    pub(crate) fn shown(&self, node: usize) -> Vec<String> {
        let shown: serde_json::Value = self.read(node, "ps -a --format json");
        let names = shown.as_array().unwrap().iter().map(|c| c["Name"].as_str().unwrap().to_owned());
        names.collect()
    }

    /// How many addresses of a network are taken, by whomever.
    pub(crate) fn taken(&self, node: usize, network: &str) -> usize {
        let shown: serde_json::Value = self.read(node, &format!("network inspect {network}"));
        shown[0]["Containers"].as_object().unwrap().len()
    }

    /// Waits until nobody has an address of a network, and no interface of an endpoint is left on a node.
    pub(crate) fn wait_empty(&self, node: usize, network: &str) {
        let nobody = || Ok(self.taken(node, network) == 0 && self.interfaces(node).is_empty());
        if let Err(error) = wait::until("nothing is left", LATER, nobody) {
            panic!("{error:#}: {:?}\n{}", self.interfaces(node), tail(&self.node(node).log()));
        }
    }

    /// The interfaces of endpoints on a node.
    pub(crate) fn interfaces(&self, node: usize) -> Vec<String> {
        let listed = self.node(node).sh("ip -o link").unwrap();
        let names =
            listed.lines().filter_map(|line| Some(line.split(": ").nth(1)?.split('@').next()?.to_owned()));
        names.filter(|name| is_endpoints(name)).collect()
    }
}

/// Whether an interface is an endpoint's: the host's end, or the other one before an engine has taken it.
fn is_endpoints(name: &str) -> bool {
    let digits = name.strip_prefix("cwi").or_else(|| name.strip_prefix("cw"));
    digits.is_some_and(|digits| digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The last lines of a log.
pub(crate) fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (index, engine) in self.engines.iter_mut().enumerate() {
            engine.clean_up(self.lab.node(index + 1));
        }
    }
}
