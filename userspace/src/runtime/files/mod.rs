//! The three files under /etc by which programs in a container know names: written beside its log,
//! mounted over the host's in its own mount namespace.

mod hosts;
mod resolv_conf;

use std::{fs, io, path::Path};

pub use hosts::hosts;
pub use resolv_conf::{ResolvConf, host_resolv_conf, resolv_conf, resolv_conf_with_resolver};

use super::{Container, RuntimeError, error::Doing};

/// What each file is called beside the log, and what it covers.
pub(super) const TARGETS: [(&str, &str); 3] =
    [("hosts", "/etc/hosts"), ("hostname", "/etc/hostname"), ("resolv.conf", "/etc/resolv.conf")];

/// The content of a container's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `/etc/hosts`.
    pub hosts: String,
    /// `/etc/hostname`.
    pub hostname: String,
    /// `/etc/resolv.conf`.
    pub resolv_conf: String,
}

impl Container {
    /// Writes the container's files; a running container sees the change. Answers which of them have
    /// nothing to cover here: the container then goes without.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write_files(&self, files: &Files) -> Result<Vec<&'static str>, RuntimeError> {
        self.dir.create()?;
        let contents = [&files.hosts, &files.hostname, &files.resolv_conf];
        for ((name, _), content) in TARGETS.iter().zip(contents) {
            write(&self.dir.path().join(name), content)?;
        }
        Ok(TARGETS.iter().map(|(_, target)| *target).filter(|target| !Path::new(target).exists()).collect())
    }

    /// Writes `/etc/hosts` alone, for a running container whose addresses have changed.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write_hosts(&self, hosts: &str) -> Result<(), RuntimeError> {
        write(&self.dir.path().join(TARGETS[0].0), hosts)
    }

    /// Writes `/etc/resolv.conf` alone, for a running container whose name servers have changed. What a
    /// program of the container wrote there stays: only a file that reads like one of `own` is replaced.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub fn replace_resolv_conf(&self, own: &[String], text: &str) -> Result<(), RuntimeError> {
        let path = self.dir.path().join(TARGETS[2].0);
        match fs::read_to_string(&path) {
            Ok(present) if own.contains(&present) => write(&path, text),
            Ok(_) => Ok(()),
            // It has not started yet.
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(other) => Err(other).doing(|| format!("read {}", path.display())),
        }
    }
}

/// Writes into the file that is there, if one is: a mount shows that file, not one that takes its name.
fn write(path: &Path, content: &str) -> Result<(), RuntimeError> {
    use std::os::unix::fs::PermissionsExt;
    let everyone_reads = || fs::set_permissions(path, fs::Permissions::from_mode(0o644));
    let written: io::Result<()> = fs::write(path, content).and_then(|()| everyone_reads());
    written.doing(|| format!("write {}", path.display()))
}
