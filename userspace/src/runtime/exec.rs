//! One more command inside a running container.

use std::{
    io,
    process::{ExitStatus, Stdio},
};

use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::{
    cgroup::Cgroup,
    container::Container,
    environment::environment,
    error::{Doing, RuntimeError},
    exec_error::exec_error,
    keeper::Kept,
    pidfd, spawn,
    spec::ExecSpec,
};

/// A command that was started in a container, with its three streams. It is in the container's
/// control group, so it ends with the container at the latest.
#[derive(Debug)]
pub struct Exec {
    process: Process,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

/// Whose child the command is.
#[derive(Debug)]
enum Process {
    Own(Child),
    Keepers(Kept),
}

impl Container {
    /// Starts `spec` in the container's network, mount and UTS namespaces and control group, with
    /// the container's environment.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`]; [`RuntimeError::Exec`] with 126 or 127 where the command is at fault.
    pub fn exec(&self, spec: &ExecSpec) -> Result<Exec, RuntimeError> {
        match self.keeper.exec(self.dir.path(), spec)? {
            Some(kept) => Exec::of_keeper(kept).doing(|| "read from the command"),
            None => self.spawn_inside(spec, [(); 3].map(|()| Stdio::piped())).map(Exec::own),
        }
    }

    /// Starts the command as a child of this process, with these three streams.
    pub(super) fn spawn_inside(
        &self,
        spec: &ExecSpec,
        [stdin, stdout, stderr]: [Stdio; 3],
    ) -> Result<Child, RuntimeError> {
        let process = self.main_process()?;
        let entrance = Cgroup::of(&self.short_id)?.entrance()?;
        let main = self.dir.spec()?.ok_or(RuntimeError::NotRunning)?;
        let empty = || RuntimeError::Start("its command is empty".to_owned());
        let (program, arguments) = spec.command.split_first().ok_or_else(empty)?;
        let env = [main.env, spec.env.clone()].concat();
        let mut command = std::process::Command::new(program);
        command.args(arguments).env_clear().envs(environment(&main.hostname, &env));
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        spawn::inside(&mut command, process, entrance);
        Command::from(command).spawn().map_err(|failed| exec_error(program, &failed))
    }
}

impl Exec {
    fn own(mut child: Child) -> Self {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        Self { process: Process::Own(child), stdin, stdout, stderr }
    }

    fn of_keeper(mut kept: Kept) -> io::Result<Self> {
        Ok(Self {
            stdin: kept.stdin.take().map(ChildStdin::from_std).transpose()?,
            stdout: kept.stdout.take().map(ChildStdout::from_std).transpose()?,
            stderr: kept.stderr.take().map(ChildStderr::from_std).transpose()?,
            process: Process::Keepers(kept),
        })
    }

    /// The command's standard input, once.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// The command's standard output, once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// The command's standard error, once.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.stderr.take()
    }

    /// Sends `signal` to the command.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`], [`RuntimeError::BadSignal`].
    pub fn kill(&self, signal: i32) -> Result<(), RuntimeError> {
        match &self.process {
            Process::Keepers(kept) => kept.kill(signal),
            Process::Own(child) => {
                // Not reaped before `wait`, so the id is still its own.
                let process = child.id().and_then(pidfd::open).ok_or(RuntimeError::NotRunning)?;
                pidfd::send(&process, signal)
            }
        }
    }

    /// Waits for its end; answers its exit status, 128+n for signal n.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn wait(&mut self) -> Result<i32, RuntimeError> {
        match &mut self.process {
            Process::Own(child) => child.wait().await.map(code).doing(|| "wait for the command"),
            Process::Keepers(kept) => kept.wait().await,
        }
    }
}

/// The exit status that is handed on, 128+n for signal n.
pub(super) fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}
