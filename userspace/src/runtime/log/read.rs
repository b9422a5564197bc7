//! Reading a container's log file, to its end or as it grows.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    thread,
};

use bytes::Bytes;
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    follow::Watch,
    line::{LogStream, decode},
};
use crate::runtime::dir::Dir;

type Item = io::Result<(LogStream, Bytes)>;

/// Parts of output that may wait for a slow reader.
const AHEAD: usize = 64;

/// All output so far; with `follow` also what comes, until the process has ended or the directory
/// is gone. The file is read on a thread of its own, which ends with the stream.
pub(crate) fn stream(dir: Dir, follow: bool) -> io::Result<impl Stream<Item = Item> + Send + Unpin + use<>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    thread::Builder::new().name("logs".to_owned()).spawn(move || {
        if let Err(failed) = send_all(&dir, follow, &sender) {
            drop(sender.blocking_send(Err(failed)));
        }
    })?;
    Ok(ReceiverStream::new(receiver))
}

fn send_all(dir: &Dir, follow: bool, to: &mpsc::Sender<Item>) -> io::Result<()> {
    let watch = Watch::begin(dir.path());
    let Some(mut file) = open(dir, follow, &watch, to)? else { return Ok(()) };
    let mut line = Vec::new();
    loop {
        // Asked before the end is met: what was written until then has been read afterwards.
        let last = !follow || is_over(dir);
        while file.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            if let Some(part) = decode(&line)
                && to.blocking_send(Ok(part)).is_err()
            {
                return Ok(());
            }
            line.clear();
        }
        if last || to.is_closed() {
            return Ok(());
        }
        watch.wait();
    }
}

/// Opens the file; a follower may come before the first output.
fn open(
    dir: &Dir,
    follow: bool,
    watch: &Watch,
    to: &mpsc::Sender<Item>,
) -> io::Result<Option<BufReader<File>>> {
    loop {
        match File::open(dir.log()) {
            Ok(file) => return Ok(Some(BufReader::new(file))),
            Err(none) if none.kind() != io::ErrorKind::NotFound => return Err(none),
            Err(_) if !follow || is_over(dir) || to.is_closed() => return Ok(None),
            Err(_) => watch.wait(),
        }
    }
}

fn is_over(dir: &Dir) -> bool {
    !dir.path().exists() || !matches!(dir.exit(), Ok(None))
}
