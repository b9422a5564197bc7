//! etcd on the switch: the nodes' shared store.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    Layout, Netns, Process,
    layout::{ETCD_PORT, SWITCH, address},
    spawn, wait,
};

/// Starts etcd in the switch's namespace and waits until it serves.
///
/// # Errors
/// If it cannot be started or does not serve within 20 seconds.
pub fn start(layout: &Layout, switch: &Netns) -> Result<Process> {
    let directory = layout.root.join("etcd");
    fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    let clients = format!("http://{}:{ETCD_PORT}", address(SWITCH));
    let mut command = spawn::command(switch, "etcd");
    command
        .args(["--name", "lab", "--logger", "zap", "--log-level", "warn", "--data-dir"])
        .arg(directory.join("data"))
        .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
        .args(["--listen-peer-urls", PEERS, "--initial-advertise-peer-urls", PEERS])
        .args(["--initial-cluster", &format!("lab={PEERS}")]);
    let process = Process::spawn(&mut command, &directory.join("log"))?;
    process.record(&pid_file(layout))?;
    wait::until("etcd serves", Duration::from_secs(20), || Ok(serves(switch)))?;
    Ok(process)
}

/// etcd has no other members; what it would tell them stays on its loopback.
const PEERS: &str = "http://127.0.0.1:2380";

/// Where etcd's pid is written down.
pub fn pid_file(layout: &Layout) -> PathBuf {
    layout.root.join("etcd/pid")
}

fn serves(switch: &Netns) -> bool {
    let connect = || std::net::TcpStream::connect((address(SWITCH), ETCD_PORT)).is_ok();
    switch.run(connect).unwrap_or(false)
}
