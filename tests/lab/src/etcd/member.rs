//! One member of etcd.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use crate::{
    Layout, Netns, Process,
    layout::{ETCD_PORT, address},
    spawn,
};

/// How long it may take to stop.
const STOP: Duration = Duration::from_secs(10);
/// Where it talks to the other members.
const PEER_PORT: u16 = 2380;

/// A member of etcd, running or not.
#[derive(Debug)]
pub struct Member {
    layout: Layout,
    number: u8,
    /// Its namespace.
    pub netns: Netns,
    process: Option<Process>,
}

impl Member {
    pub(super) fn new(layout: &Layout, number: u8, netns: Netns) -> Self {
        Self { layout: layout.clone(), number, netns, process: None }
    }

    /// Starts it on its data; does not wait for it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&mut self) -> Result<()> {
        let directory = self.directory();
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        let clients = format!("http://{}:{ETCD_PORT}", address(self.last()));
        let peers = self.peers(self.number);
        let mut command = spawn::command(&self.netns, "etcd");
        command
            .args(["--name", &name(self.number), "--logger", "zap", "--log-level", "warn", "--data-dir"])
            .arg(self.data())
            .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
            .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
            .args(["--initial-cluster", &self.all_peers()]);
        let process = Process::spawn(&mut command, &directory.join("log"))?;
        process.record(&directory.join("pid"))?;
        self.process = Some(process);
        Ok(())
    }

    /// Asks it to end, and waits for that.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop(STOP);
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Sends it a signal, if it runs.
    pub fn signal(&self, signal: Signal) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
    }

    /// True while it runs.
    pub fn runs(&self) -> bool {
        self.process.as_ref().is_some_and(Process::runs)
    }

    /// Where it keeps what it holds.
    pub fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    /// The last byte of its address.
    pub fn last(&self) -> u8 {
        self.layout.member_number(self.number)
    }

    /// Its port at the switch, where it has one of its own.
    pub fn cable(&self) -> String {
        format!("etcd{}", self.number)
    }

    pub(crate) fn keep(&mut self) {
        self.netns.keep();
        if let Some(process) = &mut self.process {
            process.keep();
        }
    }

    pub(super) fn find(&mut self) {
        self.process = Process::recorded(&self.directory().join("pid"));
    }

    fn directory(&self) -> PathBuf {
        self.layout.root.join(name(self.number))
    }

    /// What a lone member would tell others stays on its loopback.
    fn peers(&self, number: u8) -> String {
        let host = match self.layout.members {
            1 => "127.0.0.1".to_owned(),
            _ => address(self.layout.member_number(number)).to_string(),
        };
        format!("http://{host}:{PEER_PORT}")
    }

    fn all_peers(&self) -> String {
        let all = (1..=self.layout.members).map(|number| format!("{}={}", name(number), self.peers(number)));
        all.collect::<Vec<_>>().join(",")
    }
}

fn name(number: u8) -> String {
    format!("etcd{number}")
}
