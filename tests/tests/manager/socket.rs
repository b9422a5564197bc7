//! The manager's end of the notify socket.

use std::{
    io::IoSliceMut,
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

/// How long the daemon may take to say something.
const SOON: Duration = Duration::from_secs(20);

/// What the daemon said at once: its lines, and the descriptors that came with them.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) lines: Vec<String>,
    pub(crate) descriptors: Vec<OwnedFd>,
}

impl Word {
    pub(crate) fn says(&self, line: &str) -> bool {
        self.lines.iter().any(|said| said == line)
    }

    /// What a key is set to.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }
}

/// A service manager as far as daemons know it.
pub(crate) struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Manager {
    pub(crate) fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        Self { socket, path: path.to_owned() }
    }

    /// What `NOTIFY_SOCKET` is to be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The next word within a time.
    pub(crate) fn next(&self, within: Duration) -> Option<Word> {
        self.socket.set_read_timeout(Some(within.max(Duration::from_millis(1)))).unwrap();
        let mut bytes = [0; 4096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let parts = &mut [IoSliceMut::new(&mut bytes)];
        let length = recvmsg(&self.socket, parts, &mut beside, RecvFlags::CMSG_CLOEXEC).ok()?.bytes;
        let descriptors = beside.drain().flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(descriptors) => descriptors.collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        let descriptors = descriptors.collect();
        let text = String::from_utf8(bytes[..length].to_vec()).unwrap();
        Some(Word { lines: text.lines().map(str::to_owned).collect(), descriptors })
    }

    /// Waits for a word that `is_it`; those before it are given to `other`.
    pub(crate) fn hears_beside(
        &self,
        what: &str,
        is_it: impl Fn(&Word) -> bool,
        mut other: impl FnMut(Word),
    ) -> Word {
        let deadline = Instant::now() + SOON;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let word = self.next(left).unwrap_or_else(|| panic!("the daemon does not say {what}"));
            if is_it(&word) {
                return word;
            }
            other(word);
        }
    }

    /// Waits for a line.
    pub(crate) fn hears(&self, line: &str) -> Word {
        self.hears_beside(line, |word| word.says(line), drop)
    }
}
