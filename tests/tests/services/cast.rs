//! Who plays: a cluster, its services, and containers that serve or ask.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    time::{Duration, Instant},
};

use causeway::api::types::{BackendInspect, ContainerInspect, ServiceInspect};
use causeway_lab::{Lab, Netns, Node, Output, layout, run, spawn, wait};
use serde::de::DeserializeOwned;

use super::{outside::Outside, server, talk};

/// The port of all servers.
pub(crate) const PORT: u16 = 8080;
/// How long anything that should happen may take.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A cluster of daemons whose hosts ask a name server outside.
pub(crate) struct Cluster {
    pub(crate) lab: Lab,
    pub(crate) outside: Outside,
}

impl Cluster {
    pub(crate) fn of(nodes: u8) -> Self {
        Self::with_config(nodes, "")
    }

    /// A cluster whose daemons have this configuration file.
    pub(crate) fn with_config(nodes: u8, config: &str) -> Self {
        let builder = Lab::builder().nodes(nodes).name_server(layout::address(layout::CLIENT)).config(config);
        let lab = builder.start().unwrap();
        std::fs::write(script(&lab), server::SCRIPT).unwrap();
        let outside = Outside::start(&lab);
        Self { lab, outside }
    }

    pub(crate) fn node(&self, number: usize) -> &Node {
        self.lab.node(number)
    }

    /// Runs `causeway` with a line of words on a node; what it printed.
    pub(crate) fn cw(&self, node: usize, line: &str) -> String {
        self.node(node).cw(line).unwrap()
    }

    /// What a command of `causeway` that prints JSON says.
    pub(crate) fn read<T: DeserializeOwned>(&self, node: usize, line: &str) -> T {
        serde_json::from_str(&self.cw(node, line)).unwrap()
    }

    pub(crate) fn overlay(&self, name: &str) {
        self.cw(1, &format!("network create -d overlay {name}"));
    }

    /// Creates a service in a network; its address.
    pub(crate) fn service(&self, network: &str, options: &str, name: &str) -> Ipv4Addr {
        self.cw(1, &format!("service create --network {network} {options} {name}"));
        self.vip(name)
    }

    pub(crate) fn vip(&self, service: &str) -> Ipv4Addr {
        let shown: Vec<ServiceInspect> = self.read(1, &format!("service inspect {service}"));
        shown[0].endpoint.virtual_ips[0].addr.split('/').next().unwrap().parse().unwrap()
    }

    pub(crate) fn backends(&self, node: usize, service: &str) -> Vec<BackendInspect> {
        self.read(node, &format!("service ps --format json {service}"))
    }

    /// A container that sleeps.
    pub(crate) fn client(&self, node: usize, name: &str, options: &str) -> Container {
        self.cw(node, &format!("run -d --name {name} {options} -- sleep 900"));
        self.inspected(node, name)
    }

    /// A container that serves on [`PORT`] ([`server::SCRIPT`]); back when it does.
    pub(crate) fn server(&self, node: usize, name: &str, options: &str) -> Container {
        self.serve_on(node, name, options, PORT);
        let server = self.inspected(node, name);
        wait::until("the server listens", SOON, || Ok(talk::ask(&server.netns, server.ip).is_ok())).unwrap();
        server
    }

    /// Starts a container that serves on a port.
    pub(crate) fn serve_on(&self, node: usize, name: &str, options: &str, port: u16) {
        let script = script(&self.lab);
        let line = format!("run -d --name {name} {options} -- python3 {} {name} {port}", script.display());
        self.cw(node, &line);
    }

    pub(crate) fn inspected(&self, node: usize, name: &str) -> Container {
        let shown: Vec<ContainerInspect> = self.read(node, &format!("inspect {name}"));
        Container::new(name, shown.into_iter().next().unwrap())
    }

    /// Runs a shell script in a container; what it printed, trimmed. It must succeed.
    pub(crate) fn exec(&self, node: usize, container: &str, script: &str) -> String {
        let output = self.try_exec(node, container, script);
        assert_eq!(output.code, 0, "{container}: {script}: {}{}", output.stdout, output.stderr);
        output.stdout.trim().to_owned()
    }

    pub(crate) fn try_exec(&self, node: usize, container: &str, script: &str) -> Output {
        self.node(node).causeway(["exec", container, "--", "sh", "-c", script]).unwrap()
    }

    /// Kills the process of a container; when.
    pub(crate) fn kill(&self, container: &Container) -> Instant {
        let pid = nix::unistd::Pid::from_raw(container.inspected.state.pid.cast_signed());
        let now = Instant::now();
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        now
    }
}

fn script(lab: &Lab) -> PathBuf {
    lab.layout().root.join("serve.py")
}

/// A container: its namespace and its address in its first network.
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) netns: Netns,
    pub(crate) ip: Ipv4Addr,
    pub(crate) inspected: ContainerInspect,
}

impl Container {
    fn new(name: &str, inspected: ContainerInspect) -> Self {
        let settings = &inspected.network_settings;
        let endpoint = settings.networks.values().find(|e| e.interface == "eth0").unwrap();
        Self {
            name: name.to_owned(),
            netns: Netns::open(settings.sandbox_key.rsplit('/').next().unwrap()).unwrap(),
            ip: endpoint.ip_address.parse().unwrap(),
            inspected,
        }
    }

    /// Its short id.
    pub(crate) fn short_id(&self) -> &str {
        &self.inspected.id[..12]
    }

    /// Runs a line of words in its namespace.
    pub(crate) fn run(&self, line: &str) -> Output {
        let mut words = line.split_whitespace();
        let mut command = spawn::command(&self.netns, words.next().unwrap());
        run::output(command.args(words), run::LIMIT).unwrap()
    }
}
