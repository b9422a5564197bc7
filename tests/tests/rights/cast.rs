//! One node whose daemon is confined as by its systemd unit, and its keeper outside.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_lab::{Lab, Process, Store, bins, spawn, wait};

/// How long a keeper may take to listen.
const SOON: Duration = Duration::from_secs(10);

/// The units as they are shipped.
pub(crate) fn units() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("xtask/units")
}

/// The node, and what confines its daemon. Fields go in their order: the daemon before its keeper.
pub(crate) struct Scene {
    pub(crate) lab: Lab,
    keeper: Option<Process>,
    _bins: tempfile::TempDir,
}

impl Scene {
    /// A confined daemon that is ready, and its keeper.
    pub(crate) fn new() -> Self {
        let bins = bins_of(CONFINED);
        let builder = Lab::builder().nodes(1).store(Store::Embedded).daemons(false);
        let lab = builder.bins(bins.path().to_owned()).start().unwrap();
        let mut scene = Self { lab, keeper: None, _bins: bins };
        scene.start();
        scene
    }

    /// Starts both, as the service manager would: the keeper first.
    pub(crate) fn start(&mut self) {
        self.start_keeper();
        self.lab.node_mut(1).start_daemon().unwrap();
        self.lab.node(1).wait_ready(1).unwrap();
    }

    /// Starts the keeper and waits until it listens.
    pub(crate) fn start_keeper(&mut self) {
        let dir = self.lab.layout().node_dir(1);
        fs::create_dir_all(dir.join("state")).unwrap();
        let mut command =
            spawn::command(&self.lab.node(1).netns, bins::directory().unwrap().join("causewayd"));
        command.arg("keeper").arg("--run-dir").arg(dir.join("run"));
        self.keeper = Some(Process::spawn(&mut command, &dir.join("keeper.log")).unwrap());
        let socket = dir.join("run/keeper.sock");
        let listens = || Ok(std::os::unix::net::UnixStream::connect(&socket).is_ok());
        wait::until("the keeper listens", SOON, listens).unwrap();
    }

    /// Kills the keeper; its socket stays.
    pub(crate) fn kill_keeper(&mut self) {
        self.keeper.take().unwrap().kill();
    }

    /// Runs `causeway` with a line of words; what it printed.
    pub(crate) fn cw(&self, line: &str) -> String {
        self.lab.node(1).cw(line).unwrap_or_else(|error| panic!("{error:#}\n{}", self.lab.node(1).log()))
    }
}

/// `causewayd` as its unit has it, but for `--cleanup`, which nobody runs in the unit. Its two directories
/// are those that the unit has the service manager make.
const CONFINED: &str = r#"#!/bin/sh
case " $* " in *" --cleanup "*) exec "@BINS@/causewayd" "$@";; esac
for word; do
    case "$before" in --state-dir | --run-dir) directories="$directories $word";; esac
    before=$word
done
exec python3 -B "@CONFINE@" "@UNIT@" $directories -- "@BINS@/causewayd" "$@"
"#;

/// A directory of `causeway` and of this script as `causewayd`.
pub(crate) fn bins_of(script: &str) -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("cwr-").tempdir().unwrap();
    let real = bins::directory().unwrap();
    std::os::unix::fs::symlink(real.join("causeway"), directory.path().join("causeway")).unwrap();
    let confine = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rights/confine.py");
    let script = script
        .replace("@BINS@", real.to_str().unwrap())
        .replace("@CONFINE@", confine.to_str().unwrap())
        .replace("@UNIT@", units().join("causewayd.service").to_str().unwrap());
    let daemon = directory.path().join("causewayd");
    fs::write(&daemon, script).unwrap();
    fs::set_permissions(&daemon, fs::Permissions::from_mode(0o755)).unwrap();
    directory
}
