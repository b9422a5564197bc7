//! The name server outside of the cluster, which knows the rest of the world.

use std::{fs, net::Ipv4Addr, path::PathBuf};

use causeway_lab::{Lab, Process, spawn, wait};

use super::cast::SOON;

/// A name that only the server outside knows, and what it says.
pub(crate) const NAME: &str = "www.example.com";
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

/// A dnsmasq in the lab's client.
pub(crate) struct Outside {
    log: PathBuf,
    _server: Process,
}

impl Outside {
    /// Starts it, and waits until it answers.
    pub(crate) fn start(lab: &Lab) -> Self {
        let log = lab.layout().root.join("dnsmasq.log");
        let address = lab.client().address();
        let mut command = spawn::command(&lab.client().netns, "dnsmasq");
        command.args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--user=root",
        ]);
        command.args(["--bind-interfaces", "--log-queries", "--log-facility=-", "--pid-file="]);
        command.args([format!("--listen-address={address}"), format!("--host-record={NAME},{ADDRESS}")]);
        command.args(["--local=/#/", "--txt-record=big.example.com,a-long-text"]);
        let server = Process::spawn(&mut command, &log).unwrap();
        let outside = Self { log, _server: server };
        let line = format!("dig +short +time=1 +tries=1 @{address} {NAME}");
        let answers = || Ok(lab.client().sh(&line)?.contains("203.0.113.9"));
        wait::until("the name server outside answers", SOON, answers).unwrap();
        outside
    }

    /// How often it was asked for something that contains `name`.
    pub(crate) fn asked_for(&self, name: &str) -> usize {
        let log = fs::read_to_string(&self.log).unwrap();
        log.lines().filter(|line| line.contains("query[") && line.contains(name)).count()
    }
}
