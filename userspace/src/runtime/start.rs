//! Starting a container's process by a shim.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
};

use super::{
    container::Container,
    error::{Doing, RuntimeError},
    spawn,
    spec::{Report, Running, Spec},
};
use crate::failpoint;

impl Container {
    /// Starts the process. The network namespace with its interfaces must be there.
    ///
    /// # Errors
    /// [`RuntimeError::Exec`] with 126 or 127 where the command was at fault (it counts as ended
    /// with that status then); otherwise nothing was started.
    pub async fn start(&self, spec: &Spec) -> Result<Running, RuntimeError> {
        if self.running()?.is_some() {
            return Err(RuntimeError::StillRunning);
        }
        self.dir.create()?;
        self.dir.forget_last_run()?;
        self.dir.write_spec(spec)?;
        failpoint::pass("a shim is about to be started");
        let output = self.begin()?;
        failpoint::pass("a shim is started");
        let said = listen(output).await;
        failpoint::pass("a shim has said how the start went");
        let program = spec.command.first().cloned().unwrap_or_default();
        match said? {
            Report::Started(running) => Ok(running),
            Report::NotExecuted { why, code } => Err(RuntimeError::Exec { command: program, why, code }),
            Report::Failed(why) => Err(RuntimeError::Start(why)),
        }
    }

    /// Starts the shim, here or by the keeper; answers its standard output.
    fn begin(&self) -> Result<ChildStdout, RuntimeError> {
        if let Some(output) = self.keeper.shim(self.dir.path())? {
            return ChildStdout::from_std(output).doing(|| "hear from the shim");
        }
        let mut shim = self.spawn_shim(Stdio::piped())?;
        let output = shim.stdout.take();
        // Reaps it: as long as this daemon lives it is its parent.
        tokio::spawn(async move { shim.wait().await });
        output.ok_or_else(|| RuntimeError::Start("the output of its shim is not piped".to_owned()))
    }

    /// Starts the shim as a child of this process.
    pub(super) fn spawn_shim(&self, output: Stdio) -> Result<Child, RuntimeError> {
        let mut command = std::process::Command::new(&self.shim);
        command.arg("shim").arg(self.dir.path()).current_dir("/");
        command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
        spawn::detached(&mut command);
        Command::from(command).spawn().doing(|| format!("start {}", self.shim.display()))
    }
}

/// The shim's one line.
async fn listen(output: ChildStdout) -> Result<Report, RuntimeError> {
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).await.doing(|| "hear from the shim")?;
    let silent = |_| RuntimeError::Start("its shim ended without a word".to_owned());
    serde_json::from_str(&line).map_err(silent)
}
