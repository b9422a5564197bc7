//! From a container's output to its log file.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::line::{LogStream, encode};

/// A line longer than this is written in parts (Docker's 16 KiB).
const PART: usize = 16 * 1024;

/// The log file; two outputs write to it.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Mutex<File>>);

impl Log {
    /// Opens the file for appending; makes it where it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Writes one part in one call, so that a reader sees it whole. A full disk loses output, but
    /// does not stop the container.
    fn append(&self, stream: LogStream, bytes: &[u8]) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let time = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        drop(file.write_all(&encode(stream, time, bytes)));
    }
}

/// Copies `output` to the log, a line at a time, until all its writers are gone.
pub(crate) fn copy(output: impl Read, stream: LogStream, log: &Log) {
    let mut output = BufReader::with_capacity(PART, output);
    loop {
        let mut part = Vec::new();
        let limit = u64::try_from(PART).unwrap_or(u64::MAX);
        match output.by_ref().take(limit).read_until(b'\n', &mut part) {
            Ok(0) | Err(_) => break,
            Ok(_) => log.append(stream, &part),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::{super::line::decode, *};

    #[test]
    fn lines_are_parts_of_16_kib_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.json");
        let long = "x".repeat(PART + 1);
        copy(format!("one\n{long}\nlast").as_bytes(), LogStream::Stdout, &Log::open(&path).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let parts: Vec<_> = text.lines().map(|l| decode(l.as_bytes()).unwrap().1.len()).collect();
        assert_eq!(parts, [4, PART, 2, 4]);
    }
}
