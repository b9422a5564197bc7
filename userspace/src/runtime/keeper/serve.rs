//! The keeper's side: one connection a request.

use std::{
    convert::Infallible,
    fs, io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::PermissionsExt, net::UnixStream},
    },
    path::Path,
    process::Stdio,
    time::Duration,
};

use sd_notify::NotifyState;
use tokio::{net::UnixListener, process::Child, task::spawn_blocking};

use super::message::{Answer, Request, receive, send};
use crate::runtime::{
    container::Container,
    error::{Doing, RuntimeError},
    exec::code,
    netns::{self, Netns, path_of},
    pidfd,
};

/// How long a daemon may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// What goes on after the answer.
enum Begun {
    /// Nothing.
    Nothing,
    /// A shim, of whose end its directory tells.
    Shim(Child),
    /// A command whose end the daemon waits for.
    Command(Child),
}

/// Answers at `socket` for as long as the process lives. The socket stays when it dies: a daemon that
/// finds it knows that it has to ask, and whom it misses.
pub(super) async fn serve(socket: &Path) -> Result<Infallible, RuntimeError> {
    // Before the daemon's mount namespace is made, so that names are seen there.
    netns::share_directory()?;
    let listener = listen(socket).doing(|| format!("listen at {}", socket.display()))?;
    tracing::info!(socket = %socket.display(), "the keeper is ready");
    if let Err(error) = sd_notify::notify(false, &[NotifyState::Ready]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
    loop {
        let (stream, _) = listener.accept().await.doing(|| "answer the daemon")?;
        tokio::spawn(async move {
            if let Err(error) = attend(stream).await {
                tracing::warn!(%error, "a request got no answer");
            }
        });
    }
}

/// For root alone; the mode is set before the name is there. One keeper a socket.
fn listen(socket: &Path) -> io::Result<UnixListener> {
    if UnixStream::connect(socket).is_ok() {
        return Err(io::Error::other("another keeper is there already"));
    }
    socket.parent().map_or(Ok(()), fs::create_dir_all)?;
    let beside = socket.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&beside)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&beside, socket)?;
    Ok(listener)
}

async fn attend(stream: tokio::net::UnixStream) -> Result<(), RuntimeError> {
    let stream = stream.into_std().doing(|| "answer the daemon")?;
    let answered = spawn_blocking(move || answer(&stream).map(|begun| (stream, begun))).await;
    let (stream, begun) = answered.doing(|| "answer the daemon")?.doing(|| "answer the daemon")?;
    match begun {
        Begun::Nothing => {}
        Begun::Shim(mut shim) => {
            drop(stream);
            shim.wait().await.doing(|| "wait for a shim")?;
        }
        Begun::Command(mut child) => {
            let code = code(child.wait().await.doing(|| "wait for a command")?);
            // A daemon that has gone meanwhile does not hear it, which harms nobody.
            drop(send(&stream, &Answer::Ended { code }, &[]));
        }
    }
    Ok(())
}

/// Hears a request, does it and answers.
fn answer(stream: &UnixStream) -> io::Result<Begun> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (request, passed) = receive::<Request>(stream)?;
    let begun = match begin(request, passed) {
        Ok(begun) => begun,
        Err(error) => {
            send(stream, &Answer::of(&error), &[])?;
            return Ok(Begun::Nothing);
        }
    };
    // Not reaped before it is waited for, so the id is still its own.
    let process = match &begun {
        Begun::Command(child) => child.id().and_then(pidfd::open),
        _ => None,
    };
    let passed: Vec<_> = process.iter().map(OwnedFd::as_fd).collect();
    send(stream, &Answer::Done, &passed)?;
    Ok(begun)
}

fn begin(request: Request, passed: Vec<OwnedFd>) -> Result<Begun, RuntimeError> {
    match request {
        Request::Shim { dir } => {
            let [output] = streams(passed)?;
            Container::at(&dir)?.spawn_shim(output).map(Begun::Shim)
        }
        Request::Exec { dir, spec } => {
            Container::at(&dir)?.spawn_inside(&spec, streams(passed)?).map(Begun::Command)
        }
        Request::CreateNetns { short_id } => Netns::create(checked(&short_id)?).map(|_| Begun::Nothing),
        Request::KeepNetns { short_id } => {
            let [netns] = exactly(passed)?;
            Netns::of_file(netns.into())?.keep(checked(&short_id)?).map(|_| Begun::Nothing)
        }
        Request::DeleteNetns { short_id } => {
            netns::delete(&path_of(checked(&short_id)?)).map(|()| Begun::Nothing)
        }
    }
}

fn streams<const N: usize>(passed: Vec<OwnedFd>) -> Result<[Stdio; N], RuntimeError> {
    exactly(passed).map(|all: [OwnedFd; N]| all.map(Stdio::from))
}

fn exactly<const N: usize>(passed: Vec<OwnedFd>) -> Result<[OwnedFd; N], RuntimeError> {
    let wrong = |all: Vec<_>| RuntimeError::Keeper(format!("{} descriptors came, not {N}", all.len()));
    passed.try_into().map_err(wrong)
}

/// The name of a container's namespace, and of nothing else.
fn checked(short_id: &str) -> Result<&str, RuntimeError> {
    let is_id = short_id.len() == 12 && short_id.bytes().all(|b| b.is_ascii_hexdigit());
    if is_id { Ok(short_id) } else { Err(RuntimeError::Keeper(format!("'{short_id}' is no container's id"))) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn the_socket_is_roots_alone_and_one_keepers() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("run/keeper.sock");
        let first = listen(&socket).unwrap();
        assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(listen(&socket).unwrap_err().to_string().contains("another keeper"));
        drop(first);
        assert!(socket.exists(), "who comes after it finds that there was one");
        listen(&socket).unwrap();
    }

    #[test]
    fn only_namespaces_of_containers_are_named() {
        assert!(checked("0123456789ab").is_ok());
        for name in ["", "0123456789a", "../../etc/ab", "0123456789abc"] {
            assert!(checked(name).is_err(), "{name}");
        }
    }
}
