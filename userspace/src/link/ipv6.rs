//! IPv6 off, where an interface carries IPv4 only.

use std::{fs, io, path::Path};

use super::error::{Doing, LinkError};
use crate::runtime::Netns;

/// Turns IPv6 off on interface `name` of the namespace at `netns`, so that it has no link-local
/// address and asks for no router. No error where it has no IPv6 to begin with: the kernel was built
/// without it, or the interface's MTU is below the 1280 bytes that IPv6 asks for (RFC 8200 §5).
///
/// # Errors
/// Where the namespace or the interface is gone, or `/proc/sys` cannot be written.
pub fn disable_ipv6(netns: &Path, name: &str) -> Result<(), LinkError> {
    let doing = || format!("turn IPv6 off on interface {name} in {}", netns.display());
    Netns::at(netns)?.run(|| switch_off(name))?.doing(doing)
}

/// In the calling thread's namespace: /proc/sys/net shows that one (proc_sys(5)).
pub(super) fn switch_off(name: &str) -> io::Result<()> {
    let switched = fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "1");
    let only_ipv4 = || Path::new("/proc/sys/net/ipv4/conf").join(name).exists();
    switched.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound if only_ipv4() => Ok(()),
        _ => Err(error),
    })
}
