//! Streams and lines: `f` frames of `logs` and `exec`, `k` requests to the keeper, `a` its answers, `l` a line of a
//! log file, `o` output that becomes one.

use std::{io::Write as _, net::Shutdown, os::unix::net::UnixStream};

use bytes::{Bytes, BytesMut};
use causeway::{
    api::stream::{Frame, MAX_PAYLOAD},
    runtime::{
        LogStream,
        keeper::message::{Answer, Request, receive, send},
        log_line,
    },
};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes in front of a frame's payload.
const HEADER: usize = 8;

/// Reads.
pub fn run(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    match kind {
        b'f' => frames(rest),
        b'k' => line::<Request>(rest),
        b'a' => line::<Answer>(rest),
        b'l' => log(rest),
        b'o' => output(rest),
        _ => {}
    }
}

/// Frames come out alike, whether all bytes are there at once or one after the other.
fn frames(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    let mut whole = Vec::new();
    while let Ok(Some(frame)) = Frame::decode(&mut buffer) {
        let written = frame.encode();
        assert!(written.len() <= HEADER + MAX_PAYLOAD);
        assert_eq!(Frame::decode(&mut BytesMut::from(&written[..])).ok().flatten().as_ref(), Some(&frame));
        whole.push(frame);
    }
    let (mut buffer, mut pieces) = (BytesMut::new(), Vec::new());
    'all: for byte in bytes {
        buffer.extend([*byte]);
        loop {
            match Frame::decode(&mut buffer) {
                Ok(Some(frame)) => pieces.push(frame),
                Ok(None) => break,
                Err(_) => break 'all,
            }
        }
    }
    assert_eq!(whole, pieces);
}

/// What was heard is heard again as it was.
fn line<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Some(heard) = hear::<T>(|end| end.write_all(bytes)) else { return };
    let again = hear::<T>(|end| send(end, &heard, &[]));
    assert_eq!(again, Some(heard));
}

fn hear<T: DeserializeOwned>(say: impl FnOnce(&mut UnixStream) -> std::io::Result<()>) -> Option<T> {
    let (mut one, other) = UnixStream::pair().expect("a pair of sockets");
    say(&mut one).expect("it takes a line");
    one.shutdown(Shutdown::Write).expect("it is open");
    receive(&other).ok().map(|(heard, _)| heard)
}

/// A line that is read is written so that it is read alike.
fn log(bytes: &[u8]) {
    if let Some((stream, said)) = log_line::decode(bytes) {
        round(stream, &said);
    }
}

fn output(bytes: &[u8]) {
    for stream in [LogStream::Stdout, LogStream::Stderr] {
        round(stream, bytes);
    }
}

fn round(stream: LogStream, said: &[u8]) {
    let line = log_line::encode(stream, "2026-01-02T03:04:05Z".to_owned(), said);
    assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "one line");
    assert_eq!(log_line::decode(&line), Some((stream, Bytes::copy_from_slice(said))));
}
