//! One more command inside a running container.

use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::{
    cgroup::Cgroup,
    container::Container,
    environment::environment,
    error::{Doing, RuntimeError},
    exec_error::exec_error,
    pidfd, spawn,
    spec::ExecSpec,
};

/// A command that was started in a container, with its three streams. It is in the container's
/// control group, so it ends with the container at the latest.
#[derive(Debug)]
pub struct Exec {
    child: Child,
}

impl Container {
    /// Starts `spec` in the container's network, mount and UTS namespaces and control group, with
    /// the container's environment.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`]; [`RuntimeError::Exec`] with 126 or 127 where the command is at fault.
    pub fn exec(&self, spec: &ExecSpec) -> Result<Exec, RuntimeError> {
        let process = self.main_process()?;
        let entrance = Cgroup::of(&self.short_id)?.entrance()?;
        let main = self.dir.spec()?.ok_or(RuntimeError::NotRunning)?;
        let empty = || RuntimeError::Start("its command is empty".to_owned());
        let (program, arguments) = spec.command.split_first().ok_or_else(empty)?;
        let env = [main.env, spec.env.clone()].concat();
        let mut command = std::process::Command::new(program);
        command.args(arguments).env_clear().envs(environment(&main.hostname, &env));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        spawn::inside(&mut command, process, entrance);
        let child = Command::from(command).spawn().map_err(|failed| exec_error(program, &failed))?;
        Ok(Exec { child })
    }
}

impl Exec {
    /// The command's standard input, once.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The command's standard output, once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The command's standard error, once.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Sends `signal` to the command.
    ///
    /// # Errors
    /// [`RuntimeError::NotRunning`], [`RuntimeError::BadSignal`].
    pub fn kill(&self, signal: i32) -> Result<(), RuntimeError> {
        // Not reaped before `wait`, so the id is still its own.
        let process = self.child.id().and_then(pidfd::open).ok_or(RuntimeError::NotRunning)?;
        pidfd::send(&process, signal)
    }

    /// Waits for its end; answers its exit status, 128+n for signal n.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn wait(&mut self) -> Result<i32, RuntimeError> {
        let status = self.child.wait().await.doing(|| "wait for the command")?;
        Ok(code(status))
    }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}
