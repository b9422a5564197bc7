//! One line of the log file: pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Which output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line of the file: Docker's keys, and `raw` where the output was not UTF-8, so that what a
/// program wrote is handed on byte for byte.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    log: String,
    stream: LogStream,
    time: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<String>,
}

/// The file's line, with its newline, for `bytes` written at `time` (RFC 3339).
pub fn encode(stream: LogStream, time: String, bytes: &[u8]) -> Vec<u8> {
    let log = String::from_utf8_lossy(bytes).into_owned();
    let raw = (log.as_bytes() != bytes).then(|| BASE64_STANDARD.encode(bytes));
    let mut line = serde_json::to_vec(&Line { log, stream, time, raw }).unwrap_or_default();
    line.push(b'\n');
    line
}

/// What a line of the file says; none where it is damaged.
pub fn decode(line: &[u8]) -> Option<(LogStream, Bytes)> {
    let Line { log, stream, raw, .. } = serde_json::from_slice(line).ok()?;
    let bytes = match raw {
        Some(text) => BASE64_STANDARD.decode(text).ok()?,
        None => log.into_bytes(),
    };
    Some((stream, bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_docker_does() {
        let line = encode(LogStream::Stderr, "2024-01-02T03:04:05.6Z".to_owned(), b"a \"b\"\n");
        let want = r#"{"log":"a \"b\"\n","stream":"stderr","time":"2024-01-02T03:04:05.6Z"}"#;
        assert_eq!(String::from_utf8_lossy(&line), format!("{want}\n"));
    }

    #[test]
    fn any_bytes_read_back() {
        for bytes in [&b"plain\n"[..], b"", b"\xff\x00\xfe", "ä\u{2028}\u{1f}".as_bytes()] {
            let line = encode(LogStream::Stdout, String::new(), bytes);
            assert_eq!(line.iter().filter(|b| **b == b'\n').count(), 1);
            assert_eq!(decode(&line), Some((LogStream::Stdout, Bytes::copy_from_slice(bytes))));
        }
        assert_eq!(decode(b"{\"log\":"), None);
    }
}
