//! Captures of packets, by tcpdump, and their reading, by tshark.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use crate::{Netns, Process, run, spawn, wait};

/// A running capture.
#[derive(Debug)]
pub struct Capture {
    process: Process,
    file: PathBuf,
}

impl Capture {
    /// Starts to capture what passes `interface` of `netns` and matches `filter` (pcap-filter(7)) into `file`.
    ///
    /// # Errors
    /// If tcpdump does not listen within 10 seconds.
    pub fn start(netns: &Netns, interface: &str, filter: &str, file: &Path) -> Result<Self> {
        let log = file.with_extension("log");
        let mut command = spawn::command(netns, "tcpdump");
        command.args([
            "-i",
            interface,
            "-nn",
            "-U",
            "--immediate-mode",
            "-s",
            "0",
            "-B",
            "65536",
            "-Z",
            "root",
            "-w",
        ]);
        command.arg(file).arg(filter);
        let process = Process::spawn(&mut command, &log)?;
        let listens = || Ok(fs::read_to_string(&log)?.contains("listening on"));
        wait::until("tcpdump listens", Duration::from_secs(10), listens)?;
        Ok(Self { process, file: file.to_owned() })
    }

    /// Ends the capture; gives the file.
    ///
    /// # Errors
    /// On the wish to stop.
    pub fn finish(mut self) -> Result<PathBuf> {
        // A packet on its way into the ring when tcpdump is asked to end would be missed.
        wait::pause(Duration::from_millis(200))?;
        self.process.signal(Signal::SIGINT);
        self.process.stop(Duration::from_secs(5));
        Ok(self.file.clone())
    }
}

/// What tshark prints of a capture with these arguments (`-r FILE` is added).
///
/// # Errors
/// If tshark cannot read it.
pub fn tshark(file: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("tshark");
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.arg("-n").arg("-r").arg(file).args(arguments);
    run::output(&mut command, run::LIMIT)?.text().context("tshark")
}
