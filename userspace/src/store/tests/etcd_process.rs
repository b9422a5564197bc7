//! An etcd of a test's own: on loopback, in a temporary directory, ended with the guard.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use tempfile::TempDir;

use super::DEADLINE;
use crate::store::{Access, Store, StoreError, open_as};

/// An etcd process; it is killed and its data removed on drop.
pub(super) struct EtcdProcess {
    dir: TempDir,
    child: Option<Child>,
    /// Ports for clients and for peers.
    ports: (u16, u16),
    /// What it is started with besides.
    options: Vec<String>,
    /// How it is known to us, and we to it.
    access: Access,
}

/// A port that nobody listens on right now.
pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl EtcdProcess {
    /// Starts an empty one and waits until it answers.
    pub(super) async fn start() -> Self {
        Self::start_as(Vec::new(), Access::default()).await
    }

    /// Starts an empty one with options, and waits until it answers to `access`.
    pub(super) async fn start_as(options: Vec<String>, access: Access) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut etcd = Self { dir, child: None, ports: (free_port(), free_port()), options, access };
        etcd.resume().await;
        etcd
    }

    /// Starts it again on its data.
    pub(super) async fn resume(&mut self) {
        let scheme = if self.access.ca.is_some() { "https" } else { "http" };
        let (client, peer) = (url(scheme, self.ports.0), url("http", self.ports.1));
        let child = Command::new("etcd")
            .arg("--data-dir")
            .arg(self.dir.path())
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
            .args(["--initial-cluster", &format!("default={peer}"), "--log-level", "error"])
            .args(&self.options)
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

    /// From now on it answers only to this.
    pub(super) fn answers_to(&mut self, access: Access) {
        self.access = access;
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
        self.store_as(&self.access).await.unwrap()
    }

    /// A store of its own at this etcd, with this access.
    pub(super) async fn store_as(&self, access: &Access) -> Result<Arc<dyn Store>, StoreError> {
        open_as(&format!("etcd://{}", self.endpoint()), access, self.dir.path()).await
    }
}

impl Drop for EtcdProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://127.0.0.1:{port}")
}

/// An option that has etcd give out signed tokens, which say as of when they were given.
pub(super) fn signed_tokens(dir: &Path) -> String {
    let (own, others) = (dir.join("token.key"), dir.join("token.pub"));
    let openssl = |arguments: &str, file: &Path| {
        let done = Command::new("openssl").args(arguments.split(' ')).arg(file).output();
        assert!(done.expect("openssl is installed").status.success());
    };
    openssl("ecparam -name prime256v1 -genkey -noout -out", &own);
    openssl(&format!("ec -in {} -pubout -out", own.display()), &others);
    let (own, others) = (own.display(), others.display());
    format!("--auth-token=jwt,pub-key={others},priv-key={own},sign-method=ES256,ttl=5m")
}
