//! What daemon and keeper say to each other: one line of JSON each, with descriptors beside it.

use std::{
    io::{self, IoSlice, IoSliceMut, Write},
    mem::MaybeUninit,
    os::{
        fd::{BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
};

use rustix::{
    io::retry_on_intr,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
        SendFlags, recvmsg, sendmsg,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::runtime::{error::RuntimeError, spec::ExecSpec};

/// The most descriptors that go with a line.
const MOST: usize = 3;
/// The longest line, bytes: an environment may be long, nothing else is.
const LONGEST: usize = 4 << 20;
/// Bytes read at once.
const PIECE: usize = 4096;

/// What is asked of the keeper. It answers [`Answer::Done`] or why not.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Request {
    /// Start the shim of the container whose directory this is; its standard output is passed.
    Shim { dir: PathBuf },
    /// Start a command in the container whose directory this is; its three streams are passed. With
    /// the answer comes its pidfd, and when it has ended [`Answer::Ended`].
    Exec { dir: PathBuf, spec: ExecSpec },
    /// Make a network namespace and name it.
    CreateNetns { short_id: String },
    /// Name the network namespace that is passed.
    KeepNetns { short_id: String },
    /// Take the name away.
    DeleteNetns { short_id: String },
}

/// What the keeper says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Answer {
    /// It is done, or has begun.
    Done,
    /// The command has ended with this status.
    Ended { code: i32 },
    /// The command is at fault.
    NotExecuted { command: String, why: String, code: i32 },
    /// The container does not run.
    NotRunning,
    /// Something else is at fault.
    Failed(String),
}

impl Answer {
    /// How a failure is told.
    pub fn of(error: &RuntimeError) -> Self {
        match error {
            RuntimeError::Exec { command, why, code } => {
                Self::NotExecuted { command: command.clone(), why: why.clone(), code: *code }
            }
            RuntimeError::NotRunning => Self::NotRunning,
            other => Self::Failed(other.to_string()),
        }
    }

    /// The failure that is told.
    pub fn into_result(self) -> Result<(), RuntimeError> {
        match self {
            Self::Done | Self::Ended { .. } => Ok(()),
            Self::NotExecuted { command, why, code } => Err(RuntimeError::Exec { command, why, code }),
            Self::NotRunning => Err(RuntimeError::NotRunning),
            Self::Failed(why) => Err(RuntimeError::Keeper(why)),
        }
    }
}

/// Says one line; the descriptors go with its first byte.
pub fn send<T: Serialize>(stream: &UnixStream, message: &T, passed: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !passed.is_empty() && !control.push(SendAncillaryMessage::ScmRights(passed)) {
        return Err(io::Error::other("too many descriptors"));
    }
    let sent = retry_on_intr(|| sendmsg(stream, &[IoSlice::new(&line)], &mut control, SendFlags::NOSIGNAL))?;
    (&mut &*stream).write_all(&line[sent..])
}

/// Hears one line, with what is passed beside it.
///
/// The kernel does not glue what comes after descriptors to what came with them, so of two lines
/// that follow each other the first is heard alone.
pub fn receive<T: DeserializeOwned>(stream: &UnixStream) -> io::Result<(T, Vec<OwnedFd>)> {
    let (mut line, mut passed) = (Vec::new(), Vec::new());
    while !line.ends_with(b"\n") {
        if line.len() > LONGEST {
            return Err(io::Error::other("a line without an end"));
        }
        receive_piece(stream, &mut line, &mut passed)?;
    }
    Ok((serde_json::from_slice(&line)?, passed))
}

fn receive_piece(stream: &UnixStream, line: &mut Vec<u8>, passed: &mut Vec<OwnedFd>) -> io::Result<()> {
    let mut bytes = [0; PIECE];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let heard = retry_on_intr(|| {
        recvmsg(stream, &mut [IoSliceMut::new(&mut bytes)], &mut control, RecvFlags::CMSG_CLOEXEC)
    })?;
    if heard.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.extend_from_slice(&bytes[..heard.bytes]);
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            passed.extend(descriptors);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::{
        io::Read,
        os::fd::{AsFd, AsRawFd},
    };

    use super::*;

    fn exec(words: usize) -> Request {
        let command = vec!["word".to_owned(); words];
        Request::Exec { dir: "/d".into(), spec: ExecSpec { command, env: vec!["A=1".to_owned()] } }
    }

    #[test]
    fn a_long_line_and_what_is_passed_arrive_whole() {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let sent = exec(100_000);
        std::thread::scope(|scope| {
            scope.spawn(|| send(&one, &sent, &[writer.as_fd()]).unwrap());
            let (heard, passed) = receive::<Request>(&other).unwrap();
            assert_eq!((heard == sent, passed.len()), (true, 1));
            let mut end = std::fs::File::from(passed.into_iter().next().unwrap());
            end.write_all(b"by the pipe").unwrap();
        });
        drop(writer);
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "by the pipe");
    }

    #[test]
    fn what_is_passed_does_not_leak_into_other_children() {
        let (one, other) = UnixStream::pair().unwrap();
        send(&one, &exec(1), &[one.as_fd(), one.as_fd(), one.as_fd()]).unwrap();
        let (_, passed) = receive::<Request>(&other).unwrap();
        assert_eq!(passed.len(), 3);
        for descriptor in passed {
            let flags = nix::fcntl::fcntl(&descriptor, nix::fcntl::F_GETFD).unwrap();
            assert_ne!(flags & libc::FD_CLOEXEC, 0, "{}", descriptor.as_raw_fd());
        }
    }

    #[test]
    fn of_two_lines_the_first_is_heard_alone() {
        let (one, other) = UnixStream::pair().unwrap();
        send(&one, &Answer::Done, &[one.as_fd()]).unwrap();
        send(&one, &Answer::Ended { code: 7 }, &[]).unwrap();
        assert_eq!(receive::<Answer>(&other).unwrap().0, Answer::Done);
        assert_eq!(receive::<Answer>(&other).unwrap().0, Answer::Ended { code: 7 });
    }

    #[test]
    fn half_a_line_is_none() {
        let (mut one, other) = UnixStream::pair().unwrap();
        one.write_all(b"{\"shim\":").unwrap();
        drop(one);
        assert_eq!(receive::<Request>(&other).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_failure_comes_out_as_it_went_in() {
        let round = |error: RuntimeError| Answer::of(&error).into_result().unwrap_err();
        let exec = RuntimeError::Exec { command: "x".to_owned(), why: "no".to_owned(), code: 127 };
        assert_eq!(round(exec).exit_code(), Some(127));
        assert!(matches!(round(RuntimeError::NotRunning), RuntimeError::NotRunning));
        assert_eq!(round(RuntimeError::NoCgroup2).to_string(), RuntimeError::NoCgroup2.to_string());
    }
}
