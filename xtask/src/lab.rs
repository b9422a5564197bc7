//! `lab`: a cluster that stays until it is taken down.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail, ensure};
use causeway_lab as cluster;
use clap::{Args, Subcommand};

use crate::{build::Build, privilege, tree};

/// Names begin with this: `cw-node1`, `cw-client`.
const PREFIX: &str = "cw";

#[derive(Args)]
pub(crate) struct Lab {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build nodes, a client, a switch and etcd, and start a daemon on every node.
    Up {
        /// Number of nodes, at most 99.
        #[arg(long, default_value_t = 3)]
        nodes: u8,
        /// The underlay's MTU in bytes.
        #[arg(long, default_value_t = 1500)]
        mtu: u32,
    },
    /// Remove it all.
    Down,
    /// Run a command on a node: `lab exec node1 -- causeway network ls`.
    Exec {
        /// `node1`, `node2`, … or `client`.
        node: String,
        /// The command and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Show which daemons run.
    Status,
}

impl Lab {
    /// The status is that of the command for `exec`.
    pub(crate) fn run(self) -> Result<ExitCode> {
        privilege::need_root("lab")?;
        match self.verb {
            Verb::Up { nodes, mtu } => up(nodes, mtu)?,
            Verb::Down => down()?,
            Verb::Exec { node, command } => return exec(&node, &command),
            Verb::Status => status()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where the lab's layout is written down while it is up.
pub(crate) fn record_file() -> PathBuf {
    tree::target().join("lab/layout.json")
}

fn up(nodes: u8, mtu: u32) -> Result<()> {
    ensure!(!record_file().exists(), "a lab is up already: run `cargo xtask lab down` first");
    let bins = Build::default().binaries()?;
    let builder = cluster::Lab::builder().prefix(PREFIX).nodes(nodes).mtu(mtu).bins(bins);
    // Written first: whatever happens from here on, `lab down` knows what to remove.
    record(&builder.clone().layout()?)?;
    let lab = builder.start().inspect_err(|_| drop(fs::remove_file(record_file())))?;
    show(&lab);
    println!("Next: cargo xtask lab exec node1 -- causeway network create -d overlay web");
    lab.keep();
    Ok(())
}

fn record(layout: &cluster::Layout) -> Result<()> {
    let file = record_file();
    fs::create_dir_all(tree::target().join("lab"))?;
    fs::write(&file, serde_json::to_vec_pretty(layout)?).with_context(|| file.display().to_string())
}

fn down() -> Result<()> {
    let lab = find()?;
    drop(lab);
    fs::remove_file(record_file())?;
    Ok(())
}

fn exec(node: &str, command: &[String]) -> Result<ExitCode> {
    let lab = find()?;
    let code = foreground(&lab, node, command);
    lab.keep();
    Ok(ExitCode::from(u8::try_from(code?).unwrap_or(1)))
}

/// Runs a command with our own terminal: it stays in our process group, so Ctrl-C is its own.
fn foreground(lab: &cluster::Lab, name: &str, words: &[String]) -> Result<i32> {
    let node = lab.named(name).with_context(|| format!("the lab has no {name}"))?;
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    node.speak(&mut command);
    cluster::spawn::enter(&mut command, &node.netns);
    bail!("{}: {}", words[0], command.exec());
}

fn status() -> Result<()> {
    let lab = find()?;
    show(&lab);
    lab.keep();
    Ok(())
}

fn show(lab: &cluster::Lab) {
    println!("{:<12} {:<14} DAEMON", "NAMESPACE", "ADDRESS");
    for node in lab.nodes() {
        let daemon = node.daemon_pid().map_or("not running".to_owned(), |pid| format!("pid {pid}"));
        println!("{:<12} {:<14} {daemon}", node.netns.name(), node.address());
    }
    if let Some(client) = lab.named("client") {
        println!("{:<12} {:<14} none: the outside client", client.netns.name(), client.address());
    }
}

fn find() -> Result<cluster::Lab> {
    let file = record_file();
    let text = fs::read(&file).context("no lab is up: run `cargo xtask lab up`")?;
    let layout = serde_json::from_slice(&text).with_context(|| file.display().to_string())?;
    Ok(cluster::Lab::find(layout))
}
