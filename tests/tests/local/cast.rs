//! One node, one client outside, and programs that serve and ask.

use std::{collections::BTreeMap, net::Ipv4Addr, path::PathBuf, time::Duration};

use causeway::api::types::{ContainerInspect, Status};
use causeway_lab::{Builder, Lab, Netns, Node, run, spawn, wait};

/// How long an answer may take; on one machine it comes within a millisecond, or never.
const PATIENCE: Duration = Duration::from_secs(20);

/// What all servers serve by HTTP, to be recognised.
pub(crate) const PAGE: &str = "served";

/// A lab of one node.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    www: PathBuf,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::of(Lab::builder())
    }

    /// A lab of one node that is otherwise as described.
    pub(crate) fn of(builder: Builder) -> Self {
        let lab = builder.nodes(1).start().unwrap();
        let www = lab.layout().root.join("www");
        std::fs::create_dir(&www).unwrap();
        std::fs::write(www.join("index.html"), PAGE).unwrap();
        Self { lab, www }
    }

    pub(crate) fn node(&self) -> &Node {
        self.lab.node(1)
    }

    /// A script that serves HTTP on a port, and what is sent by UDP back from the same port number.
    pub(crate) fn servers(&self, port: u16) -> String {
        let www = self.www.display();
        format!("busybox httpd -f -p {port} -h {www} & exec socat UDP4-RECVFROM:{port},fork EXEC:cat")
    }

    /// Runs a shell script in a container; answers how it is inspected.
    pub(crate) fn run(&self, name: &str, options: &str, script: &str) -> ContainerInspect {
        let words = format!("run -d --name {name} {options} --");
        let words = words.split_whitespace().chain(["sh", "-c", script]);
        self.node().causeway(words).unwrap().text().unwrap();
        self.inspect(name)
    }

    /// Waits until the servers of a container answer it itself.
    pub(crate) fn until_serving(&self, name: &str, port: u16) {
        let asker = Asker::Container(self, name);
        let serves = || Ok(asker.tcp(Ipv4Addr::LOCALHOST, port) && asker.udp(Ipv4Addr::LOCALHOST, port));
        wait::until(&format!("{name} serves"), PATIENCE, serves).unwrap();
    }

    pub(crate) fn inspect(&self, name: &str) -> ContainerInspect {
        let shown: Vec<ContainerInspect> =
            serde_json::from_str(&self.node().cw(&format!("inspect {name}")).unwrap()).unwrap();
        shown[0].clone()
    }

    /// Starts servers on the node or the client, until the guard goes.
    pub(crate) fn serve(&self, netns: &Netns, port: u16) -> Server {
        let mut command = spawn::command(netns, "sh");
        Server(command.arg("-c").arg(self.servers(port)).spawn().unwrap())
    }

    /// A container's namespace.
    pub(crate) fn netns(&self, name: &str) -> Netns {
        let path = self.inspect(name).network_settings.sandbox_key;
        Netns::open(path.rsplit('/').next().unwrap()).unwrap()
    }

    /// Drops of the node since it started, by reason.
    pub(crate) fn drops(&self) -> BTreeMap<String, u64> {
        self.status().drops
    }

    /// How the node is.
    pub(crate) fn status(&self) -> Status {
        serde_json::from_str(&self.node().cw("status --format json").unwrap()).unwrap()
    }

    /// What a causeway command says when it is refused.
    pub(crate) fn refused(&self, line: &str) -> String {
        let output = self.node().causeway(line.split_whitespace()).unwrap();
        assert_ne!(output.code, 0, "{line}: {}", output.stdout);
        output.stderr.trim().to_owned()
    }
}

/// Servers outside of containers.
pub(crate) struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        // The script leads a process group, so that its children go with it.
        let group = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

/// Who asks: a namespace.
#[derive(Clone, Copy)]
pub(crate) enum Asker<'s> {
    /// The node or the client.
    Host(&'s Netns),
    /// A container.
    Container(&'s Stage, &'s str),
}

impl Asker<'_> {
    /// Runs a script there; answers status and standard output.
    pub(crate) fn script(self, script: &str) -> (i32, String) {
        let output = match self {
            Self::Host(netns) => {
                run::output(spawn::command(netns, "sh").args(["-c", script]), PATIENCE).unwrap()
            }
            Self::Container(stage, name) => {
                stage.node().causeway(["exec", name, "--", "sh", "-c", script]).unwrap()
            }
        };
        (output.code, output.stdout)
    }

    /// Whether a page comes by HTTP.
    pub(crate) fn tcp(self, addr: Ipv4Addr, port: u16) -> bool {
        let fetch = format!("curl -s --noproxy '*' --connect-timeout 1 --max-time 2 http://{addr}:{port}/");
        self.script(&fetch).1.contains(PAGE)
    }

    /// Whether a datagram comes back.
    pub(crate) fn udp(self, addr: Ipv4Addr, port: u16) -> bool {
        let ask = format!("echo question | timeout 2 socat -t0.7 -T0.7 - UDP4:{addr}:{port}");
        self.script(&ask).1.contains("question")
    }

    /// Whether a ping is answered.
    pub(crate) fn icmp(self, addr: Ipv4Addr) -> bool {
        self.script(&format!("ping -c1 -W1 {addr}")).0 == 0
    }
}

/// A container's address in its first network.
pub(crate) fn address(inspected: &ContainerInspect) -> Option<Ipv4Addr> {
    let endpoint = inspected.network_settings.networks.values().next()?;
    endpoint.ip_address.parse().ok()
}

/// Its gateway.
pub(crate) fn gateway(inspected: &ContainerInspect) -> Option<Ipv4Addr> {
    let endpoint = inspected.network_settings.networks.values().next()?;
    endpoint.gateway.parse().ok()
}
