//! The daemon's side: the keeper is asked where there is one; else the daemon's own process does it.

use std::{
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    process::{ChildStderr, ChildStdin, ChildStdout},
    time::Duration,
};

use tokio::io::AsyncReadExt;

use super::{
    message::{Answer, Request, receive, send},
    socket_in,
};
use crate::runtime::{
    error::{Doing, RuntimeError},
    netns::{self, Netns, path_of},
    pidfd,
    spec::ExecSpec,
};

/// How long the keeper may take: it forks or mounts, and waits for nobody.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who starts processes and names network namespaces: the keeper whose socket is in the run
/// directory, or, where there is none, the process itself.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    socket: Option<PathBuf>,
}

impl Keeper {
    /// The keeper of a run directory, if there is one.
    pub fn of(run_dir: &Path) -> Self {
        Self { socket: Some(socket_in(run_dir)) }
    }

    /// True where a keeper's socket is in the run directory, whether somebody listens or not.
    pub(in crate::runtime) fn is_in(run_dir: &Path) -> bool {
        socket_in(run_dir).exists()
    }

    /// Makes a network namespace, as [`Netns::create`].
    ///
    /// # Errors
    /// As there; [`RuntimeError::KeeperAway`] where a keeper should answer and does not.
    pub fn create_netns(&self, short_id: &str) -> Result<Netns, RuntimeError> {
        let Some(line) = self.call()? else { return Netns::create(short_id) };
        line.ask(&Request::CreateNetns { short_id: short_id.to_owned() }, &[])?;
        self.find_named(short_id)
    }

    /// Names a network namespace, as [`Netns::keep`].
    ///
    /// # Errors
    /// As there; [`RuntimeError::KeeperAway`].
    pub fn keep_netns(&self, netns: &Netns, short_id: &str) -> Result<Netns, RuntimeError> {
        let Some(line) = self.call()? else { return netns.keep(short_id) };
        line.ask(&Request::KeepNetns { short_id: short_id.to_owned() }, &[netns.file().as_fd()])?;
        self.find_named(short_id)
    }

    /// Takes the name away from a container's network namespace, as [`netns::delete`].
    ///
    /// # Errors
    /// As there; [`RuntimeError::KeeperAway`].
    pub fn delete_netns(&self, short_id: &str) -> Result<(), RuntimeError> {
        let Some(line) = self.call()? else { return netns::delete(&path_of(short_id)) };
        line.ask(&Request::DeleteNetns { short_id: short_id.to_owned() }, &[]).map(drop)
    }

    /// Has the shim of a container started; answers its standard output. None where there is no keeper.
    pub(in crate::runtime) fn shim(&self, dir: &Path) -> Result<Option<ChildStdout>, RuntimeError> {
        let Some(line) = self.call()? else { return Ok(None) };
        let (output, end) = io::pipe().doing(|| "make a pipe")?;
        line.ask(&Request::Shim { dir: dir.to_owned() }, &[end.as_fd()])?;
        Ok(Some(OwnedFd::from(output).into()))
    }

    /// Has a command started in a container. None where there is no keeper.
    pub(in crate::runtime) fn exec(&self, dir: &Path, spec: &ExecSpec) -> Result<Option<Kept>, RuntimeError> {
        let Some(line) = self.call()? else { return Ok(None) };
        let pipe = || io::pipe().doing(|| "make a pipe");
        let ((input, stdin), (stdout, out), (stderr, err)) = (pipe()?, pipe()?, pipe()?);
        let request = Request::Exec { dir: dir.to_owned(), spec: spec.clone() };
        let passed = line.ask(&request, &[input.as_fd(), out.as_fd(), err.as_fd()])?;
        let process = passed.into_iter().next().ok_or_else(|| silent("passed no process"))?;
        Ok(Some(Kept {
            stdin: Some(OwnedFd::from(stdin).into()),
            stdout: Some(OwnedFd::from(stdout).into()),
            stderr: Some(OwnedFd::from(stderr).into()),
            process,
            end: line.until_the_end()?,
            heard: Vec::new(),
        }))
    }

    /// Removes the socket of a keeper that is gone; one that listens keeps it.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn forget_gone(run_dir: &Path) -> io::Result<()> {
        let socket = socket_in(run_dir);
        match UnixStream::connect(&socket) {
            Err(gone) if gone.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(&socket),
            _ => Ok(()),
        }
    }

    /// A connection to the keeper; none where there is no socket. A socket at which nobody listens is
    /// an error, not a reason to do it here: the daemon is confined, then.
    fn call(&self) -> Result<Option<Line>, RuntimeError> {
        let Some(socket) = &self.socket else { return Ok(None) };
        let away = |source| RuntimeError::KeeperAway { socket: socket.clone(), source };
        match UnixStream::connect(socket) {
            Err(none) if none.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.and_then(Line::new).map(Some).map_err(away),
        }
    }

    /// The namespace that the keeper has just named, which the daemon must see under that name.
    fn find_named(&self, short_id: &str) -> Result<Netns, RuntimeError> {
        let found = Netns::open(&path_of(short_id));
        found.inspect_err(|_| drop(self.delete_netns(short_id)))
    }
}

/// A connection for one request.
struct Line(UnixStream);

impl Line {
    fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    /// Asks, and waits for the answer; gives what came beside it.
    fn ask(&self, request: &Request, passed: &[BorrowedFd<'_>]) -> Result<Vec<OwnedFd>, RuntimeError> {
        send(&self.0, request, passed).doing(|| "ask the keeper")?;
        let (answer, passed) = receive::<Answer>(&self.0).doing(|| "hear from the keeper")?;
        answer.into_result()?;
        Ok(passed)
    }

    fn until_the_end(self) -> Result<tokio::net::UnixStream, RuntimeError> {
        let doing = || "wait for the keeper";
        self.0.set_nonblocking(true).doing(doing)?;
        tokio::net::UnixStream::from_std(self.0).doing(doing)
    }
}

/// A command that the keeper has started.
#[derive(Debug)]
pub(in crate::runtime) struct Kept {
    /// Its streams.
    pub(in crate::runtime) stdin: Option<ChildStdin>,
    pub(in crate::runtime) stdout: Option<ChildStdout>,
    pub(in crate::runtime) stderr: Option<ChildStderr>,
    /// Its pidfd.
    process: OwnedFd,
    /// By which the keeper tells its end.
    end: tokio::net::UnixStream,
    /// What was heard so far: a wait may be given up and begun anew.
    heard: Vec<u8>,
}

impl Kept {
    /// Sends `signal` to the command.
    pub(in crate::runtime) fn kill(&self, signal: i32) -> Result<(), RuntimeError> {
        pidfd::send(&self.process, signal)
    }

    /// Waits for its end; answers its exit status.
    pub(in crate::runtime) async fn wait(&mut self) -> Result<i32, RuntimeError> {
        while !self.heard.ends_with(b"\n") {
            let read = self.end.read_buf(&mut self.heard).await;
            if read.doing(|| "hear from the keeper")? == 0 {
                return Err(silent("ended before the command did"));
            }
        }
        match serde_json::from_slice(&self.heard).doing(|| "read the keeper's answer")? {
            Answer::Ended { code } => Ok(code),
            other => Err(silent(&format!("said {other:?}"))),
        }
    }
}

/// What a keeper should not do.
fn silent(what: &str) -> RuntimeError {
    RuntimeError::Keeper(format!("the keeper {what}: it was restarted, or is of another version"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn without_a_socket_nobody_is_asked() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Keeper::of(dir.path()).call().unwrap().is_none());
        assert!(Keeper::default().call().unwrap().is_none());
    }

    #[test]
    fn a_keeper_that_is_gone_is_named_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let socket = socket_in(dir.path());
        drop(UnixListener::bind(&socket).unwrap());
        let error = Keeper::of(dir.path()).create_netns("0123456789ab").unwrap_err().to_string();
        assert!(error.contains(socket.to_str().unwrap()) && error.contains("causeway-keeper"), "{error}");
        Keeper::forget_gone(dir.path()).unwrap();
        assert!(!socket.exists());
        Keeper::forget_gone(dir.path()).unwrap();
    }

    #[test]
    fn a_keeper_that_listens_keeps_its_socket() {
        let dir = tempfile::tempdir().unwrap();
        let _listener = UnixListener::bind(socket_in(dir.path())).unwrap();
        Keeper::forget_gone(dir.path()).unwrap();
        assert!(socket_in(dir.path()).exists());
    }
}
