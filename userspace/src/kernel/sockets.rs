//! The socket hooks: attached to a cgroup, pinned, replaced in place when the daemon starts again.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use aya::programs::{CgroupAttachMode, CgroupSockAddr, ProgramError, links::FdLink};
use causeway_common::names::SOCKET_HOOKS;

use super::{Dataplane, KernelError, pins};

impl Dataplane {
    /// Attaches the socket hooks to a cgroup (version 2), for every process in it and below; the root
    /// cgroup has them all. Programs of an earlier run are replaced; for a moment both run, which
    /// changes nothing: what the first has led to a container is no published port to the second.
    ///
    /// # Errors
    /// [`KernelError::Sockets`] where `cgroup` is no cgroup, or holds 64 programs of a kind already.
    pub fn attach_sockets(&mut self, cgroup: &Path) -> Result<(), KernelError> {
        let failed = |source: ProgramError| KernelError::Sockets {
            cgroup: cgroup.to_owned(),
            source: Box::new(source),
        };
        let directory = File::open(cgroup)
            .map_err(|source| KernelError::Sockets { cgroup: cgroup.to_owned(), source: Box::new(source) })?;
        for name in SOCKET_HOOKS {
            let program = self.socket_program(name)?;
            let id = program.attach(&directory, CgroupAttachMode::default()).map_err(failed)?;
            let link = program.take_link(id).map_err(failed)?;
            let link = FdLink::try_from(link)
                .map_err(|e| KernelError::Sockets { cgroup: cgroup.to_owned(), source: Box::new(e) })?;
            replace(link, &pins::socket_link(&self.bpf_dir, name))?;
        }
        Ok(())
    }

    /// Takes the socket hooks off; where there are none that is no error.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where a pin cannot be removed.
    pub fn detach_sockets(&mut self) -> Result<(), KernelError> {
        SOCKET_HOOKS.iter().try_for_each(|name| pins::remove(&pins::socket_link(&self.bpf_dir, name)))
    }

    /// The program of a socket hook.
    pub(super) fn socket_program(&mut self, name: &str) -> Result<&mut CgroupSockAddr, KernelError> {
        let missing = || KernelError::Missing(format!("program {name}"));
        Ok(self.ebpf.program_mut(name).ok_or_else(missing)?.try_into()?)
    }
}

/// Pins a link in the place of the one that is pinned there, so that there is always one.
fn replace(link: FdLink, pin: &Path) -> Result<(), KernelError> {
    let unusable = |source| KernelError::Link { path: pin.to_owned(), source: Box::new(source) };
    // A bpf file system takes no names with dots.
    let mut fresh = pin.as_os_str().to_owned();
    fresh.push("-new");
    let fresh = PathBuf::from(fresh);
    pins::remove(&fresh)?;
    link.pin(&fresh).map_err(unusable)?;
    fs::rename(&fresh, pin).map_err(|source| KernelError::Pin { path: pin.to_owned(), source })
}
