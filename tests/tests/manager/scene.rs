//! One node whose daemon has a service manager.

use std::{ffi::OsStr, fs};

use causeway_lab::{Lab, Store};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::socket::Manager;

pub(crate) struct Scene {
    // Dropped first: the daemon may have something to say at its end.
    pub(crate) lab: Lab,
    pub(crate) manager: Manager,
}

impl Scene {
    /// The daemon is ready.
    pub(crate) fn set(config: &str) -> Self {
        Self::given(config, &[])
    }

    /// The same with something in its environment.
    pub(crate) fn given(config: &str, environment: &[(&str, &str)]) -> Self {
        let lab =
            Lab::builder().nodes(1).store(Store::Embedded).daemons(false).config(config).start().unwrap();
        let manager = Manager::at(&lab.layout().root.join("notify"));
        let mut scene = Self { lab, manager };
        scene.start(environment);
        scene
    }

    /// Starts the daemon; it says that it is ready, and is.
    pub(crate) fn start(&mut self, environment: &[(&str, &str)]) {
        let notify = ("NOTIFY_SOCKET", self.manager.path().as_os_str());
        let others = environment.iter().map(|(key, value)| (*key, OsStr::new(*value)));
        self.lab.node_mut(1).start_daemon_with(others.chain([notify])).unwrap();
    }

    pub(crate) fn cw(&self, line: &str) -> String {
        self.lab.node(1).cw(line).unwrap()
    }

    /// A key of `causeway status`.
    pub(crate) fn status(&self, key: &str) -> String {
        let status: serde_json::Value = serde_json::from_str(&self.cw("status --format json")).unwrap();
        status[key].as_str().unwrap().to_owned()
    }

    /// Writes the configuration file anew and has the daemon read it; it says so, and that it is ready.
    pub(crate) fn reload(&self, config: &str) {
        fs::write(self.lab.layout().node_dir(1).join("causewayd.toml"), config).unwrap();
        self.signal(Signal::SIGHUP);
        let word = self.manager.hears("RELOADING=1");
        assert!(word.value("MONOTONIC_USEC").unwrap().parse::<u64>().unwrap() > 0);
        self.manager.hears("READY=1");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.lab.node(1).daemon_pid().unwrap()), signal).unwrap();
    }
}
