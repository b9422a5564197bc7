//! IPv6 off, where an interface carries IPv4 only.

use std::{fs, io, path::Path};

use super::error::{Doing, LinkError};
use crate::runtime::Netns;

/// Turns IPv6 off on interface `name` of the namespace at `netns`, so that it has no link-local
/// address and asks for no router. No error where the kernel has no IPv6.
///
/// # Errors
/// Where the namespace is gone or `/proc/sys` cannot be written.
pub fn disable_ipv6(netns: &Path, name: &str) -> Result<(), LinkError> {
    // /proc/sys/net shows the namespace of the thread that opens it (sysctl.net documentation, proc_sys(5)).
    let switch = format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6");
    match Netns::open(netns)?.run(|| fs::write(&switch, "1"))? {
        Err(none) if none.kind() == io::ErrorKind::NotFound && !Path::new("/proc/sys/net/ipv6").exists() => {
            Ok(())
        }
        other => other.doing(|| format!("turn IPv6 off on interface {name} in {}", netns.display())),
    }
}
