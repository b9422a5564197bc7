//! One node (or the client): a namespace and what runs in it.

use std::{env, ffi::OsStr, net::Ipv4Addr, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    Layout, Netns, Output, Process, daemon,
    layout::{CLIENT, address},
    run, spawn, wait,
};

/// How long a daemon may take to answer.
const READY: Duration = Duration::from_secs(20);

/// A node of a lab, or its outside client, which has no daemon.
#[derive(Debug)]
pub struct Node {
    layout: Layout,
    number: u8,
    /// Its namespace.
    pub netns: Netns,
    daemon: Option<Process>,
}

impl Node {
    pub(crate) fn new(layout: &Layout, number: u8, netns: Netns) -> Self {
        Self { layout: layout.clone(), number, netns, daemon: None }
    }

    /// Its name in the cluster.
    pub fn name(&self) -> String {
        if self.number == CLIENT { "client".to_owned() } else { format!("node{}", self.number) }
    }

    /// Its underlay address, and VTEP.
    pub fn address(&self) -> Ipv4Addr {
        address(self.number)
    }

    /// A command in its namespace, with `causeway` on PATH and talking to its daemon.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = spawn::command(&self.netns, program);
        self.speak(&mut command);
        command
    }

    /// Gives `command` this node's environment.
    pub fn speak(&self, command: &mut Command) {
        let path = env::var("PATH").unwrap_or_default();
        let asked = if self.number == CLIENT { 1 } else { self.number };
        command
            .env("PATH", format!("{}:{path}", self.layout.bins.display()))
            .env("CAUSEWAY_HOST", daemon::host(&self.layout, asked));
    }

    /// Runs program and arguments to the end.
    ///
    /// # Errors
    /// If it cannot be started or takes longer than [`run::LIMIT`].
    pub fn exec<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Result<Output> {
        self.exec_within(run::LIMIT, words)
    }

    /// Runs program and arguments to the end, within a bound.
    ///
    /// # Errors
    /// If it cannot be started or takes longer.
    pub fn exec_within<S: AsRef<OsStr>>(
        &self,
        within: Duration,
        words: impl IntoIterator<Item = S>,
    ) -> Result<Output> {
        let mut words = words.into_iter();
        let program = words.next().context("no command")?;
        run::output(self.command(program).args(words), within)
    }

    /// Runs a line of words without quoting; gives what it printed.
    ///
    /// # Errors
    /// With the line and what it said, if its status is not 0.
    pub fn sh(&self, line: &str) -> Result<String> {
        self.exec(line.split_whitespace())?.text().with_context(|| format!("{}: {line}", self.name()))
    }

    /// Runs `causeway` with these arguments.
    ///
    /// # Errors
    /// If it cannot be started or takes longer than [`run::LIMIT`].
    pub fn causeway<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Output> {
        run::output(self.command(self.layout.bins.join("causeway")).args(arguments), run::LIMIT)
    }

    /// Runs `causeway` with a line of words; gives what it printed, trimmed.
    ///
    /// # Errors
    /// With the line and what it said, if its status is not 0.
    pub fn cw(&self, line: &str) -> Result<String> {
        let output = self.causeway(line.split_whitespace())?;
        let text = output.text().with_context(|| format!("{}: causeway {line}", self.name()))?;
        Ok(text.trim().to_owned())
    }

    /// What its daemon wrote so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(daemon::log_file(&self.layout, self.number)).unwrap_or_default()
    }

    /// Starts its daemon; [`Node::wait_ready`] waits for it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_daemon(&mut self) -> Result<()> {
        self.start_daemon_as(|command| command)
    }

    /// As [`Node::start_daemon`], with more options.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_daemon_given(&mut self, options: &[&str]) -> Result<()> {
        self.start_daemon_as(|command| command.args(options))
    }

    /// As [`Node::start_daemon`], with something in its environment.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_daemon_with<'a>(
        &mut self,
        environment: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
    ) -> Result<()> {
        self.start_daemon_as(|command| command.envs(environment))
    }

    fn start_daemon_as(&mut self, adapt: impl FnOnce(&mut Command) -> &mut Command) -> Result<()> {
        self.daemon = Some(daemon::start(&self.layout, self.number, &self.netns, adapt)?);
        Ok(())
    }

    /// Waits until its daemon sees `nodes` nodes that are ready.
    ///
    /// # Errors
    /// If the daemon ends, or the time is over; with the end of its log.
    pub fn wait_ready(&self, nodes: u8) -> Result<()> {
        let over = || Ok(self.daemon_pid().is_none() || self.ready_nodes()? >= usize::from(nodes));
        let waited = wait::until(&format!("{} is ready", self.name()), READY, over);
        waited.and_then(|()| self.daemon_pid().context("it has ended")).map(drop).map_err(|error| {
            error.context(format!(
                "{}'s causewayd is not ready (it said last: {})",
                self.name(),
                self.last_words()
            ))
        })
    }

    /// Runs `causewayd --cleanup` in its place.
    ///
    /// # Errors
    /// If it cannot be started or takes longer than 20 seconds.
    pub fn cleanup(&self) -> Result<Output> {
        daemon::cleanup(&self.layout, self.number, &self.netns, |command| command)
    }

    /// As [`Node::cleanup`], with something in its environment.
    ///
    /// # Errors
    /// Likewise.
    pub fn cleanup_with<'a>(
        &self,
        environment: impl IntoIterator<Item = (&'a str, &'a OsStr)>,
    ) -> Result<Output> {
        daemon::cleanup(&self.layout, self.number, &self.netns, |command| command.envs(environment))
    }

    /// Kills its daemon (SIGKILL); the dataplane stays.
    pub fn kill_daemon(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Stops its daemon (SIGTERM); the dataplane stays. True if it went within 10 seconds.
    pub fn stop_daemon(&mut self) -> bool {
        self.daemon.take().is_none_or(|mut daemon| daemon.stop(Duration::from_secs(10)))
    }

    /// Pid of its daemon, while it runs.
    pub fn daemon_pid(&self) -> Option<i32> {
        self.daemon.as_ref().filter(|daemon| daemon.runs()).map(Process::pid)
    }

    /// Finds its daemon again by the pid that was written down.
    pub(crate) fn find_daemon(&mut self) {
        self.daemon = Process::recorded(&daemon::pid_file(&self.layout, self.number));
    }

    /// Leaves namespace and daemon in place when this is dropped.
    pub(crate) fn keep(&mut self) {
        self.netns.keep();
        if let Some(daemon) = &mut self.daemon {
            daemon.keep();
        }
    }

    fn ready_nodes(&self) -> Result<usize> {
        let listed: serde_json::Value = serde_json::from_str(&self.cw("node ls --format json")?)?;
        let nodes = listed.as_array().context("`causeway node ls --format json` gives no array")?;
        Ok(nodes.iter().filter(|node| node["Status"] == "Ready").count())
    }

    fn last_words(&self) -> String {
        let log = self.log();
        log.lines().next_back().unwrap_or("nothing").to_owned()
    }
}
