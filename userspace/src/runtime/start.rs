//! Starting a container's process by a shim.

use std::{io, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
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
        let mut shim = self.spawn_shim().doing(|| format!("start {}", self.shim.display()))?;
        failpoint::pass("a shim is started");
        let said = listen(&mut shim).await;
        failpoint::pass("a shim has said how the start went");
        // Reaps it: as long as this daemon lives it is its parent.
        tokio::spawn(async move { shim.wait().await });
        let program = spec.command.first().cloned().unwrap_or_default();
        match said? {
            Report::Started(running) => Ok(running),
            Report::NotExecuted { why, code } => Err(RuntimeError::Exec { command: program, why, code }),
            Report::Failed(why) => Err(RuntimeError::Start(why)),
        }
    }

    fn spawn_shim(&self) -> io::Result<Child> {
        let mut command = std::process::Command::new(&self.shim);
        command.arg("shim").arg(self.dir.path()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        spawn::detached(&mut command);
        Command::from(command).spawn()
    }
}

/// The shim's one line.
async fn listen(shim: &mut Child) -> Result<Report, RuntimeError> {
    let mut line = String::new();
    if let Some(output) = shim.stdout.take() {
        BufReader::new(output).read_line(&mut line).await.doing(|| "hear from the shim")?;
    }
    let silent = |_| RuntimeError::Start("its shim ended without a word".to_owned());
    serde_json::from_str(&line).map_err(silent)
}
