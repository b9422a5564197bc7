//! One `causewayd`, in its node's namespace and directories.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{Layout, Netns, Output, Process, bpffs, run, spawn};

/// Starts node `number`'s daemon, with what `adapt` adds to its command; does not wait for it.
///
/// # Errors
/// If it cannot be started.
pub fn start(
    layout: &Layout,
    number: u8,
    netns: &Netns,
    adapt: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<Process> {
    let directory = layout.node_dir(number);
    std::fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
    let config = config_file(layout, number);
    std::fs::write(&config, &layout.config).with_context(|| config.display().to_string())?;
    if let Some(server) = layout.name_server {
        std::fs::write(resolv_conf(layout, number), format!("nameserver {server}\n"))?;
    }
    let process = Process::spawn(adapt(&mut command(layout, number, netns)), &log_file(layout, number))?;
    process.record(&pid_file(layout, number))?;
    Ok(process)
}

/// Removes what the (stopped) daemon left in the kernel, and its pins.
pub fn clean_up(layout: &Layout, number: u8) {
    // Best effort: the namespaces that hold most of it are removed next.
    let _ = Netns::open(&layout.node_netns(number))
        .and_then(|netns| cleanup(layout, number, &netns, |command| command));
    bpffs::remove(&layout.bpf_dir(number));
}

/// Runs `causewayd --cleanup` for node `number`, with what `adapt` adds to its command.
///
/// # Errors
/// If it cannot be started or takes longer than 20 seconds.
pub fn cleanup(
    layout: &Layout,
    number: u8,
    netns: &Netns,
    adapt: impl FnOnce(&mut Command) -> &mut Command,
) -> Result<Output> {
    run::to_the_end(adapt(&mut command(layout, number, netns)).arg("--cleanup"), Duration::from_secs(20))
}

/// Path of the daemon's socket, as `$CAUSEWAY_HOST` names it.
pub fn host(layout: &Layout, number: u8) -> String {
    format!("unix://{}", layout.node_dir(number).join("run/causeway.sock").display())
}

/// Where its pid is written down.
pub fn pid_file(layout: &Layout, number: u8) -> PathBuf {
    layout.node_dir(number).join("pid")
}

/// Its configuration file, written each time that it is started.
fn config_file(layout: &Layout, number: u8) -> PathBuf {
    layout.node_dir(number).join("causewayd.toml")
}

/// Where it writes what it has to say.
pub fn log_file(layout: &Layout, number: u8) -> PathBuf {
    layout.node_dir(number).join("log")
}

fn resolv_conf(layout: &Layout, number: u8) -> PathBuf {
    layout.node_dir(number).join("resolv.conf")
}

/// Gives a daemon an /etc/resolv.conf of its own. Of all mounts only those that the file may lie on are
/// made private: namespaces that the daemon mounts must be seen by everybody.
const WITH_RESOLV_CONF: &str = r#"
mount --make-private / || exit 1
for place in /run /etc /etc/resolv.conf; do mount --make-private $place 2>/dev/null; done
mount --bind "$0" /etc/resolv.conf && exec "$@"
"#;

/// The program itself, in its node's namespace.
fn program(layout: &Layout, number: u8, netns: &Netns) -> Command {
    let causewayd = layout.bins.join("causewayd");
    if layout.name_server.is_none() {
        return spawn::command(netns, causewayd);
    }
    let mut command = spawn::command(netns, "unshare");
    command.args(["--mount", "--propagation", "unchanged", "sh", "-c", WITH_RESOLV_CONF]);
    command.arg(resolv_conf(layout, number)).arg(causewayd);
    command
}

fn command(layout: &Layout, number: u8, netns: &Netns) -> Command {
    let directory = layout.node_dir(number);
    let mut command = program(layout, number, netns);
    let config = config_file(layout, number);
    if config.exists() {
        command.arg("--config").arg(config);
    }
    command
        .args(["--node", &format!("node{number}"), "--underlay", &layout.underlay(number).to_string()])
        .args(["--store", &layout.store_spec()])
        .arg("--state-dir")
        .arg(directory.join("state"))
        .arg("--run-dir")
        .arg(directory.join("run"))
        .arg("--bpf-dir")
        .arg(layout.bpf_dir(number));
    command
}
