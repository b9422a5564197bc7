//! Frames: how output, input, signals and exit codes share one stream (`logs`, `exec`).
//!
//! ```text
//!  0      1        4               8
//! +------+--------+---------------+-------------
//! | kind | 0 0 0  | length, u32 BE| payload …
//! +------+--------+---------------+-------------
//! ```

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The protocol's name in the `Upgrade` header of `exec`.
pub const UPGRADE: &str = "causeway-stream";
/// The longest payload, bytes: a reader need not hold more.
pub const MAX_PAYLOAD: usize = 1 << 20;
/// Bytes in front of the payload.
const HEADER: usize = 8;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Kind 0: bytes for the command's standard input.
    Stdin(Bytes),
    /// Kind 1: bytes that the command wrote to its standard output.
    Stdout(Bytes),
    /// Kind 2: bytes that the command wrote to its standard error.
    Stderr(Bytes),
    /// Kind 3: the command has ended; its status as in [`super::types::Exit`], `i32` big-endian. Last.
    Exit(i32),
    /// Kind 4: send the command this signal, `i32` big-endian.
    Signal(i32),
    /// Kind 5: its standard input ends here; no payload.
    EndOfStdin,
    /// Kind 6: what the stream is about, JSON: the client's first frame
    /// ([`super::types::ContainerExec`]), or instead of output the daemon's refusal
    /// ([`super::types::Failure`]), after which the stream ends.
    Head(Bytes),
}

/// A stream that cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A kind that this version does not know.
    #[error("the stream holds a frame of unknown kind {0}")]
    UnknownKind(u8),
    /// A payload over [`MAX_PAYLOAD`].
    #[error("the stream holds a frame of {0} bytes; at most {MAX_PAYLOAD} are taken")]
    TooLong(usize),
    /// A number whose payload is not 4 bytes, or an end with a payload.
    #[error("the stream holds a frame of kind {0} with {1} bytes, which is not its length")]
    WrongLength(u8, usize),
    /// The stream ended within a frame.
    #[error("the stream ended within a frame")]
    Truncated,
    /// The connection failed.
    #[error("the stream broke: {0}")]
    Io(#[from] std::io::Error),
}

impl Frame {
    /// A head frame that holds `value` as JSON.
    pub fn head<T: serde::Serialize>(value: &T) -> serde_json::Result<Self> {
        serde_json::to_vec(value).map(|json| Self::Head(json.into()))
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Stdin(_) => 0,
            Self::Stdout(_) => 1,
            Self::Stderr(_) => 2,
            Self::Exit(_) => 3,
            Self::Signal(_) => 4,
            Self::EndOfStdin => 5,
            Self::Head(_) => 6,
        }
    }

    /// The frame as bytes. Payloads longer than [`MAX_PAYLOAD`] are the caller's to split.
    pub fn encode(&self) -> Bytes {
        match self {
            Self::Stdin(p) | Self::Stdout(p) | Self::Stderr(p) | Self::Head(p) => framed(self.kind(), p),
            Self::Exit(n) | Self::Signal(n) => framed(self.kind(), &n.to_be_bytes()),
            Self::EndOfStdin => framed(self.kind(), &[]),
        }
    }

    /// Takes the first frame off `buffer`; `None` while it is not all there.
    ///
    /// # Errors
    /// [`FrameError`] as soon as the header cannot be a frame's; the buffer is then of no more use.
    pub fn decode(buffer: &mut BytesMut) -> Result<Option<Self>, FrameError> {
        let Some((kind, length)) = header(buffer)? else { return Ok(None) };
        if buffer.len() < HEADER + length {
            buffer.reserve(HEADER + length - buffer.len());
            return Ok(None);
        }
        buffer.advance(HEADER);
        Self::from_parts(kind, buffer.split_to(length).freeze()).map(Some)
    }

    fn from_parts(kind: u8, payload: Bytes) -> Result<Self, FrameError> {
        let wrong_length = FrameError::WrongLength(kind, payload.len());
        let number = || <[u8; 4]>::try_from(&payload[..]).map(i32::from_be_bytes);
        match kind {
            0 => Ok(Self::Stdin(payload)),
            1 => Ok(Self::Stdout(payload)),
            2 => Ok(Self::Stderr(payload)),
            3 => number().map(Self::Exit).map_err(|_| wrong_length),
            4 => number().map(Self::Signal).map_err(|_| wrong_length),
            5 if payload.is_empty() => Ok(Self::EndOfStdin),
            5 => Err(wrong_length),
            6 => Ok(Self::Head(payload)),
            other => Err(FrameError::UnknownKind(other)),
        }
    }
}

/// Kind and length of the frame that `buffer` begins with; `None` while the header is not all there.
fn header(buffer: &[u8]) -> Result<Option<(u8, usize)>, FrameError> {
    let Some(header) = buffer.first_chunk::<HEADER>() else { return Ok(None) };
    let [kind, _, _, _, length @ ..] = *header;
    let length = u32::from_be_bytes(length) as usize;
    match (kind, length) {
        (7.., _) => Err(FrameError::UnknownKind(kind)),
        (_, length) if length > MAX_PAYLOAD => Err(FrameError::TooLong(length)),
        _ => Ok(Some((kind, length))),
    }
}

fn framed(kind: u8, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(HEADER + payload.len());
    bytes.put_slice(&[kind, 0, 0, 0]);
    bytes.put_u32(u32::try_from(payload.len()).unwrap_or(u32::MAX));
    bytes.put_slice(payload);
    bytes.freeze()
}

/// Reads frames off a connection.
#[derive(Debug)]
pub struct FrameReader<R> {
    inner: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, buffer: BytesMut::new() }
    }

    /// The next frame; `None` at the end of the stream. Safe to cancel: what was read is kept.
    ///
    /// # Errors
    /// [`FrameError`] where the connection or its content is broken.
    pub async fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            if let Some(frame) = Frame::decode(&mut self.buffer)? {
                return Ok(Some(frame));
            }
            if self.inner.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(FrameError::Truncated) };
            }
        }
    }
}

/// Writes one frame and flushes it.
///
/// # Errors
/// The connection's.
pub async fn write<W: AsyncWrite + Unpin>(writer: &mut W, frame: &Frame) -> std::io::Result<()> {
    writer.write_all(&frame.encode()).await?;
    writer.flush().await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn every_kind() -> Vec<Frame> {
        let bytes = Bytes::from_static(b"some bytes");
        vec![
            Frame::Stdin(bytes.clone()),
            Frame::Stdout(bytes.clone()),
            Frame::Stderr(Bytes::new()),
            Frame::Exit(-1),
            Frame::Signal(15),
            Frame::EndOfStdin,
            Frame::Head(bytes),
        ]
    }

    #[test]
    fn the_layout_is_as_drawn() {
        assert_eq!(&Frame::Exit(258).encode()[..], &[3, 0, 0, 0, 0, 0, 0, 4, 0, 0, 1, 2]);
    }

    #[test]
    fn frames_read_back_however_they_are_cut() {
        let bytes: Vec<u8> = every_kind().iter().flat_map(Frame::encode).collect();
        for cut in 1..bytes.len() {
            let (mut buffer, mut read) = (BytesMut::new(), Vec::new());
            for piece in bytes.chunks(cut) {
                buffer.put_slice(piece);
                while let Some(frame) = Frame::decode(&mut buffer).unwrap() {
                    read.push(frame);
                }
            }
            assert_eq!(read, every_kind(), "cut every {cut} bytes");
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let refused = |bytes: &[u8]| Frame::decode(&mut BytesMut::from(bytes)).unwrap_err();
        assert!(matches!(refused(&[7, 0, 0, 0, 0, 0, 0, 0]), FrameError::UnknownKind(7)));
        assert!(matches!(refused(&[1, 0, 0, 0, 0, 16, 0, 1]), FrameError::TooLong(1_048_577)));
        assert!(matches!(refused(&[3, 0, 0, 0, 0, 0, 0, 1, 9]), FrameError::WrongLength(3, 1)));
        assert!(matches!(refused(&[5, 0, 0, 0, 0, 0, 0, 1, 9]), FrameError::WrongLength(5, 1)));
    }

    #[tokio::test]
    async fn a_stream_cut_short_is_an_error() {
        let whole = Frame::Exit(0).encode();
        let mut reader = FrameReader::new(&whole[..]);
        assert_eq!(reader.next().await.unwrap(), Some(Frame::Exit(0)));
        assert_eq!(reader.next().await.unwrap(), None);
        let mut reader = FrameReader::new(&whole[..9]);
        assert!(matches!(reader.next().await, Err(FrameError::Truncated)));
    }
}
