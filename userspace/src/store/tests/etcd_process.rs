//! An etcd of a test's own: on loopback, in a temporary directory, ended with the guard.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use tempfile::TempDir;

use super::DEADLINE;
use crate::store::{Store, open};

/// An etcd process; it is killed and its data removed on drop.
pub(super) struct EtcdProcess {
    dir: TempDir,
    child: Option<Child>,
    /// Ports for clients and for peers.
    ports: (u16, u16),
}

/// A port that nobody listens on right now.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl EtcdProcess {
    /// Starts an empty one and waits until it answers.
    pub(super) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut etcd = Self { dir, child: None, ports: (free_port(), free_port()) };
        etcd.resume().await;
        etcd
    }

    /// Starts it again on its data.
    pub(super) async fn resume(&mut self) {
        let (client, peer) = (url(self.ports.0), url(self.ports.1));
        let child = Command::new("etcd")
            .arg("--data-dir")
            .arg(self.dir.path())
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("default={peer}"), "--log-level", "error"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("etcd is installed (Debian: etcd-server)"));
        let store = self.store().await;
        let answers = async { while store.snapshot().await.is_err() {} };
        tokio::time::timeout(DEADLINE, answers).await.expect("etcd answers in time");
    }

    /// Kills it; its data stays.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Freezes it: connections stay, nothing answers. A kill ends it all the same.
    pub(super) fn freeze(&self) {
        let pid = self.child.as_ref().unwrap().id();
        signal::kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGSTOP).unwrap();
    }

    /// Kills it and forgets its data.
    pub(super) fn wipe(&mut self) {
        self.kill();
        std::fs::remove_dir_all(self.dir.path().join("member")).unwrap();
    }

    /// `HOST:PORT` for clients.
    pub(super) fn endpoint(&self) -> String {
        format!("127.0.0.1:{}", self.ports.0)
    }

    /// A store of its own at this etcd.
    pub(super) async fn store(&self) -> Arc<dyn Store> {
        open(&format!("etcd://{}", self.endpoint()), self.dir.path()).await.unwrap()
    }
}

impl Drop for EtcdProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
