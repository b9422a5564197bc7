//! A process that goes on beside us, known by its pid and the moment it started: a pid alone may
//! by now be somebody else's.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::wait;

/// A process in the background. Dropping it ends it, unless it is kept.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    /// Clock ticks after boot (proc(5), stat field 22).
    started: u64,
    child: Option<Child>,
    kept: bool,
}

impl Process {
    /// Starts `command` with both outputs appended to `log`.
    ///
    /// # Errors
    /// If the log cannot be written or the command not be started.
    pub fn spawn(command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| log.display().to_string())?;
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdout(file.try_clone()?)
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Self::of(child)
    }

    /// Takes a child into care.
    ///
    /// # Errors
    /// If it cannot be found in /proc.
    pub fn of(child: Child) -> Result<Self> {
        let pid = i32::try_from(child.id())?;
        // It may have ended already; then its remains are there until we wait for it.
        let (_, started) = state_and_start(pid).context("a process just started is not in /proc")?;
        Ok(Self { pid, started, child: Some(child), kept: false })
    }

    /// Writes pid and start time, so that another program finds the process again.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn record(&self, file: &Path) -> Result<()> {
        fs::write(file, format!("{} {}\n", self.pid, self.started))
            .with_context(|| file.display().to_string())
    }

    /// Finds the process that [`Process::record`] wrote down, if it still runs.
    pub fn recorded(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let (pid, started) = text.trim().split_once(' ')?;
        let process =
            Self { pid: pid.parse().ok()?, started: started.parse().ok()?, child: None, kept: false };
        process.runs().then_some(process)
    }

    /// Its pid.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Lets it go on when this is dropped.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// True while it runs.
    pub fn runs(&self) -> bool {
        start_time(self.pid) == Some(self.started)
    }

    /// Sends it a signal, if it still runs.
    pub fn signal(&self, signal: Signal) {
        if self.runs() {
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// Asks it to end (SIGTERM) and, when `within` is over, ends it. True if it went by itself.
    pub fn stop(&mut self, within: Duration) -> bool {
        self.signal(Signal::SIGTERM);
        let went = self.gone(within);
        self.kill();
        went
    }

    /// Ends it at once (SIGKILL) and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.gone(Duration::from_secs(5));
    }

    fn gone(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while self.runs() {
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(wait::POLL / 4);
        }
        if let Some(child) = &mut self.child {
            let _ = child.wait();
        }
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.kept {
            self.kill();
        }
    }
}

/// When the process started; `None` if there is none, or only its remains (a zombie).
fn start_time(pid: i32) -> Option<u64> {
    state_and_start(pid).filter(|(state, _)| *state != 'Z').map(|(_, started)| started)
}

/// The process's state and when it started (proc(5)).
fn state_and_start(pid: i32) -> Option<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the fields after it count from 3 (the state).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.first()?.chars().next()?, fields.get(19)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::{path::Path, process::Command, time::Duration};

    use super::Process;
    use crate::wait;

    fn start(program: &str, argument: &str) -> Process {
        Process::spawn(Command::new(program).arg(argument), Path::new("/dev/null")).unwrap()
    }

    #[test]
    fn a_process_runs_until_it_is_dropped() {
        let process = start("sleep", "100");
        let pid = process.pid();
        assert!(process.runs());
        drop(process);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_process_that_ended_by_itself_does_not_run() {
        let process = start("true", "");
        wait::until("it ends", Duration::from_secs(5), || Ok(!process.runs())).unwrap();
    }

    #[test]
    fn another_process_of_the_same_pid_is_not_it() {
        let directory = std::env::temp_dir().join(format!("causeway-process-{}", std::process::id()));
        let process = start("sleep", "100");
        process.record(&directory).unwrap();
        assert!(Process::recorded(&directory).is_some_and(|mut found| {
            found.keep();
            found.pid() == process.pid()
        }));
        std::fs::write(&directory, format!("{} 1\n", process.pid())).unwrap();
        assert!(Process::recorded(&directory).is_none());
        std::fs::remove_file(&directory).unwrap();
    }
}
