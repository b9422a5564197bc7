//! Putting another program into a pinned link, at once and in place (`BPF_LINK_UPDATE`, bpf(2)); aya
//! does that for TC and XDP only. And taking what it attaches off at once (`BPF_LINK_DETACH`): without its
//! pin a link goes, too, but some milliseconds later.

use std::{
    ffi::CString,
    io,
    os::{
        fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

const OBJ_GET: libc::c_long = 7;
const OBJ_GET_INFO_BY_FD: libc::c_long = 15;
const LINK_UPDATE: libc::c_long = 29;
const LINK_DETACH: libc::c_long = 34;

/// The part of `union bpf_attr` that opens a pin.
#[repr(C)]
struct Get {
    path: u64,
    fd: u32,
    flags: u32,
}

/// The part of it that replaces a link's program.
#[repr(C)]
struct Update {
    link: u32,
    program: u32,
    flags: u32,
    old_program: u32,
}

/// The part of it that detaches a link.
#[repr(C)]
struct Detach {
    link: u32,
}

/// The part of it that asks what the kernel knows.
#[repr(C)]
struct Ask {
    fd: u32,
    len: u32,
    info: u64,
}

/// The beginning of `struct bpf_link_info`.
#[repr(C)]
#[derive(Default)]
struct Info {
    kind: u32,
    id: u32,
    program: u32,
    padding: u32,
    /// Interface, or the lower half of the cgroup's id; 0 where that is gone.
    place: u32,
    rest: u32,
}

/// Puts a program into the link that is pinned here, unless it is there, as its id says; false where no link is.
///
/// # Errors
/// `ENOLINK` where that is detached for good; what else the kernel says.
pub(super) fn adopt(pin: &Path, program: BorrowedFd<'_>, id: u32) -> io::Result<bool> {
    let link = match open(pin) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        link => link?,
    };
    let info = info(&link)?;
    if info.place == 0 {
        return Err(io::Error::from_raw_os_error(libc::ENOLINK));
    }
    if info.program == id {
        return Ok(true);
    }
    let number = |fd: &dyn AsRawFd| fd.as_raw_fd().cast_unsigned();
    let attributes = Update { link: number(&link), program: number(&program), flags: 0, old_program: 0 };
    call(LINK_UPDATE, &attributes).map(|_| true)
}

/// Detaches the link that is pinned here; where none is, or its interface is gone, nothing is left to do.
///
/// # Errors
/// What the kernel says.
pub(super) fn detach(pin: &Path) -> io::Result<()> {
    let link = match open(pin) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        link => link?,
    };
    call(LINK_DETACH, &Detach { link: link.as_raw_fd().cast_unsigned() }).map(drop)
}

/// What a link runs, and where.
fn info(link: &OwnedFd) -> io::Result<Info> {
    let mut info = Info::default();
    let at = (&raw mut info) as u64;
    let len = u32::try_from(size_of::<Info>()).map_err(io::Error::other)?;
    call(OBJ_GET_INFO_BY_FD, &Ask { fd: link.as_raw_fd().cast_unsigned(), len, info: at })?;
    Ok(info)
}

/// Opens what is pinned.
fn open(pin: &Path) -> io::Result<OwnedFd> {
    let path = CString::new(pin.as_os_str().as_bytes())?;
    let fd = call(OBJ_GET, &Get { path: path.as_ptr() as u64, fd: 0, flags: 0 })?;
    // SAFETY: the kernel has just opened it for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// One call of bpf(2).
fn call<A>(command: libc::c_long, attributes: &A) -> io::Result<i32> {
    // SAFETY: the attributes are as long as is said, and what they name, a path or room for an
    // answer of the length that they tell, lives.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, attributes, size_of::<A>()) };
    match i32::try_from(result) {
        Ok(result) if result >= 0 => Ok(result),
        _ => Err(io::Error::last_os_error()),
    }
}
