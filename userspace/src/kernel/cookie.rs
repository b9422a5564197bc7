//! The cookie of a network namespace, by which the socket hooks know whose socket they see.

use std::{
    io,
    net::UdpSocket,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

/// Bytes of a cookie.
const LENGTH: libc::socklen_t = 8;

/// The cookie of the calling thread's network namespace (`SO_NETNS_COOKIE`, socket(7)); never 0.
///
/// # Errors
/// The kernel gives no socket, or is older than 5.14.
pub fn netns_cookie() -> io::Result<u64> {
    netns_cookie_of(UdpSocket::bind(("0.0.0.0", 0))?.as_fd())
}

/// The cookie of the network namespace that a socket belongs to; never 0.
///
/// # Errors
/// It is no socket, or the kernel is older than 5.14.
pub fn netns_cookie_of(socket: BorrowedFd<'_>) -> io::Result<u64> {
    let (mut cookie, mut len) = (0_u64, LENGTH);
    // SAFETY: the socket is open; the kernel writes at most `len` bytes, the size of `cookie`.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NETNS_COOKIE,
            (&raw mut cookie).cast(),
            &raw mut len,
        )
    };
    if result == 0 { Ok(cookie) } else { Err(io::Error::last_os_error()) }
}
