//! Waiting until something happens in a container's directory.

use std::{os::fd::AsFd, path::Path};

use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::inotify::{AddWatchFlags, InitFlags, Inotify},
};

/// How long at most until the caller looks again by itself, ms: events may be lost on network file systems.
const LOOK_AGAIN: u16 = 500;

/// Watches a directory (inotify(7)).
pub(super) struct Watch(Option<Inotify>);

impl Watch {
    /// Begins to watch; where that is impossible [`Watch::wait`] only waits its time.
    pub(super) fn begin(dir: &Path) -> Self {
        let flags = InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK;
        let what = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_DELETE_SELF;
        Self(Inotify::init(flags).ok().filter(|inotify| inotify.add_watch(dir, what).is_ok()))
    }

    /// Waits for a change, or half a second.
    pub(super) fn wait(&self) {
        let Some(inotify) = &self.0 else {
            return std::thread::sleep(std::time::Duration::from_millis(LOOK_AGAIN.into()));
        };
        let mut ready = [PollFd::new(inotify.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut ready, PollTimeout::from(LOOK_AGAIN));
        // What happened does not matter, only that it is taken away.
        drop(inotify.read_events());
    }
}
