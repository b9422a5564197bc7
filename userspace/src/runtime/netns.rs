//! Network namespaces: named ones of our own, and those that others made.
//!
//! A namespace belongs to a thread. [`Netns::run`] takes the caller's there and back again; a thread that could not
//! come back would take the process with it, so that no worker of the daemon ever finds itself in a container.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    thread,
};

use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    net::if_::if_nameindex,
    sched::{CloneFlags, setns, unshare},
    sys::statfs::{NSFS_MAGIC, fstatfs},
};

use super::error::{Doing, RuntimeError};

/// Where iproute2 keeps named namespaces.
const NAMED: &str = "/run/netns";

/// The calling thread's own network namespace.
const OWN: &str = "/proc/thread-self/ns/net";

/// An open network namespace; it lives at least as long as this handle.
#[derive(Debug)]
pub struct Netns {
    file: File,
    path: PathBuf,
}

/// The path of a container's namespace: `/run/netns/cw-<short id>`.
pub fn path_of(short_id: &str) -> PathBuf {
    Path::new(NAMED).join(format!("cw-{short_id}"))
}

impl Netns {
    /// Makes a new namespace and names it `cw-<short id>`, so that `ip netns` shows it. Its `lo` is down.
    ///
    /// # Errors
    /// Where the name is taken or the kernel refuses; nothing stays behind then.
    pub fn create(short_id: &str) -> Result<Self, RuntimeError> {
        let path = path_of(short_id);
        let target = path.clone();
        on_thread(move || {
            unshare(CloneFlags::CLONE_NEWNET).doing(|| "make a network namespace")?;
            bind(Path::new(OWN), &target)
        })?;
        Self::open(&path).inspect_err(|_| drop(delete(&path)))
    }

    /// Opens the namespace at `path`, which anybody may have named.
    ///
    /// # Errors
    /// [`RuntimeError::NetnsGone`] or [`RuntimeError::NotANetns`].
    pub fn open(path: &Path) -> Result<Self, RuntimeError> {
        let netns = Self::at(path)?;
        // Only the kernel knows of which kind a namespace is: entering it tells.
        netns.run(|| ())?;
        Ok(netns)
    }

    /// Opens the namespace at `path`, which was looked at before: one of another kind is found out when
    /// it is entered.
    ///
    /// # Errors
    /// [`RuntimeError::NetnsGone`], or [`RuntimeError::NotANetns`] for what is no namespace at all.
    pub fn at(path: &Path) -> Result<Self, RuntimeError> {
        // Without O_NONBLOCK, opening a FIFO that somebody names by mistake would wait for a writer.
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
        let file = match opened {
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => {
                return Err(RuntimeError::NetnsGone(path.to_owned()));
            }
            other => other.doing(|| format!("open network namespace {}", path.display()))?,
        };
        Self { file, path: path.to_owned() }.checked()
    }

    /// The namespace that somebody passed as an open file.
    ///
    /// # Errors
    /// [`RuntimeError::NotANetns`].
    pub(super) fn of_file(file: File) -> Result<Self, RuntimeError> {
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        let netns = Self { file, path }.checked()?;
        netns.run(|| ())?;
        Ok(netns)
    }

    fn checked(self) -> Result<Self, RuntimeError> {
        if self.identity().is_some() { Ok(self) } else { Err(RuntimeError::NotANetns(self.path)) }
    }

    /// Opens the namespace of process `pid`.
    ///
    /// # Errors
    /// [`RuntimeError::NoProcess`].
    pub fn of_pid(pid: u32) -> Result<Self, RuntimeError> {
        match Self::open(Path::new(&format!("/proc/{pid}/ns/net"))) {
            Err(RuntimeError::NetnsGone(_)) => Err(RuntimeError::NoProcess(pid)),
            other => other,
        }
    }

    /// The calling thread's namespace.
    ///
    /// # Errors
    /// Where `/proc` cannot be read.
    pub fn own() -> Result<Self, RuntimeError> {
        Self::at(Path::new(OWN))
    }

    /// Hands the namespace on unless it is the caller's own.
    ///
    /// # Errors
    /// [`RuntimeError::OwnNetns`].
    pub fn foreign(self) -> Result<Self, RuntimeError> {
        if self.identity() == Self::own()?.identity() {
            Err(RuntimeError::OwnNetns(self.path))
        } else {
            Ok(self)
        }
    }

    /// Names the namespace `cw-<short id>`, so that it can be found again when its process or its
    /// first name is gone; answers the handle under the new name.
    ///
    /// # Errors
    /// Where the name is taken or the kernel refuses.
    pub fn keep(&self, short_id: &str) -> Result<Self, RuntimeError> {
        let path = path_of(short_id);
        bind(&self.descriptor(), &path)?;
        Self::open(&path)
    }

    /// Another handle.
    ///
    /// # Errors
    /// Where no more files can be open.
    pub fn try_clone(&self) -> Result<Self, RuntimeError> {
        let doing = || format!("hold network namespace {}", self.path.display());
        Ok(Self { file: self.file.try_clone().doing(doing)?, path: self.path.clone() })
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file, for calls that take a namespace by descriptor.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// True where both are the same namespace, whatever their paths.
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// True where `path` leads to this namespace.
    pub fn is_at(&self, path: &Path) -> bool {
        let there = fs::metadata(path).map(|m| (m.dev(), m.ino()));
        there.is_ok_and(|there| self.identity() == Some(there))
    }

    /// Runs `work` inside the namespace. Threads that it starts stay there.
    ///
    /// # Errors
    /// Where the namespace cannot be entered.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> Result<T, RuntimeError> {
        let way_back = WayBack(Self::own()?);
        self.enter()?;
        let done = work();
        drop(way_back);
        Ok(done)
    }

    /// Names of the interfaces inside.
    ///
    /// # Errors
    /// Where the namespace cannot be entered, or the kernel lists none.
    pub fn interfaces(&self) -> Result<BTreeSet<String>, RuntimeError> {
        let names = || {
            let all = if_nameindex()?;
            Ok::<_, nix::Error>(all.iter().map(|i| i.name().to_string_lossy().into_owned()).collect())
        };
        self.run(names)?.doing(|| format!("list interfaces in {}", self.path.display()))
    }

    /// Moves the calling thread into the namespace: for threads that end there.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(crate) fn enter(&self) -> Result<(), RuntimeError> {
        let entered = setns(&self.file, CloneFlags::CLONE_NEWNET);
        // A namespace, but of another kind (setns(2)).
        if entered == Err(nix::Error::EINVAL) {
            return Err(RuntimeError::NotANetns(self.path.clone()));
        }
        entered.doing(|| format!("enter network namespace {}", self.path.display()))
    }

    fn descriptor(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// Device and inode, which name a namespace whatever path it was opened by (namespaces(7)); none
    /// for other files.
    fn identity(&self) -> Option<(u64, u64)> {
        if fstatfs(&self.file).ok()?.filesystem_type() != NSFS_MAGIC {
            return None;
        }
        let metadata = self.file.metadata().ok()?;
        Some((metadata.dev(), metadata.ino()))
    }
}

/// Takes the calling thread back to where it was, also where `work` panics.
struct WayBack(Netns);

impl Drop for WayBack {
    fn drop(&mut self) {
        if let Err(error) = self.0.enter() {
            tracing::error!(%error, "a thread stays in a container's namespace; this process must end");
            std::process::abort();
        }
    }
}

/// Takes the name away from a namespace; it goes once no process is left in it. No error where it is gone already.
///
/// # Errors
/// Where the kernel refuses.
pub fn delete(path: &Path) -> Result<(), RuntimeError> {
    loop {
        match umount2(path, MntFlags::MNT_DETACH) {
            // A name may have been mounted over more than once.
            Ok(()) => {}
            Err(nix::Error::EINVAL | nix::Error::ENOENT) => break,
            Err(other) => {
                return Err(other).doing(|| format!("unmount network namespace {}", path.display()));
            }
        }
    }
    match fs::remove_file(path) {
        Err(other) if other.kind() != io::ErrorKind::NotFound => {
            Err(other).doing(|| format!("remove network namespace {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Gives the namespace at `source` the name `target`.
fn bind(source: &Path, target: &Path) -> Result<(), RuntimeError> {
    share_directory()?;
    let action = || format!("create network namespace {}", target.display());
    OpenOptions::new().write(true).create_new(true).mode(0o444).open(target).doing(action)?;
    let bound = mount(Some(source), target, None::<&str>, MsFlags::MS_BIND, None::<&str>).doing(action);
    bound.inspect_err(|_| drop(fs::remove_file(target)))
}

/// Makes `/run/netns` a shared mount as iproute2 does: a name removed here is then removed in every
/// mount namespace too, and cannot be kept alive by a copy there.
pub(super) fn share_directory() -> Result<(), RuntimeError> {
    let action = || format!("make {NAMED} a shared mount");
    fs::create_dir_all(NAMED).doing(action)?;
    let share =
        || mount(None::<&str>, NAMED, None::<&str>, MsFlags::MS_SHARED | MsFlags::MS_REC, None::<&str>);
    match share() {
        Err(nix::Error::EINVAL) => {
            let bind = MsFlags::MS_BIND | MsFlags::MS_REC;
            mount(Some(NAMED), NAMED, None::<&str>, bind, None::<&str>).doing(action)?;
            share().doing(action)
        }
        other => other.doing(action),
    }
}

/// Runs `work` on a thread that ends with it.
fn on_thread<T: Send>(work: impl FnOnce() -> Result<T, RuntimeError> + Send) -> Result<T, RuntimeError> {
    thread::scope(|scope| {
        let name = thread::Builder::new().name("netns".to_owned());
        let thread = name.spawn_scoped(scope, work).doing(|| "start a thread")?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
