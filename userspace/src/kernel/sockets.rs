//! The socket hooks: attached to a cgroup, pinned, replaced in place when the daemon starts again.

use std::{error::Error, fs::File, io, path::Path};

use aya::programs::{CgroupAttachMode, CgroupSockAddr, links::FdLink};
use causeway_common::names::SOCKET_HOOKS;

use super::{Dataplane, KernelError, pins};

/// Why a hook could not be attached.
type Reason = Box<dyn Error + Send + Sync>;

impl Dataplane {
    /// Attaches the socket hooks to a cgroup (version 2), for every process in it and below; the root
    /// cgroup has them all. Programs of an earlier run are replaced in place: every call meets the old
    /// one or the new one. Those that were not attached before.
    ///
    /// # Errors
    /// [`KernelError::SocketsFull`] where `cgroup` holds 64 programs of a kind already,
    /// [`KernelError::Sockets`] where it is no cgroup; then no hook is attached that was not before.
    pub fn attach_sockets(&mut self, cgroup: &Path) -> Result<Vec<&'static str>, KernelError> {
        let directory = File::open(cgroup).map_err(|e| refused(cgroup, e.into()))?;
        let mut fresh = Vec::new();
        for name in SOCKET_HOOKS {
            let pin = pins::socket_link(&self.bpf_dir, name);
            match self.attach_socket(name, &directory, &pin) {
                Ok(true) => fresh.push(name),
                Ok(false) => {}
                Err(source) => {
                    let mut undo = fresh.iter().map(|name| pins::socket_link(&self.bpf_dir, name));
                    undo.try_for_each(|pin| pins::remove(&pin))?;
                    return Err(refused(cgroup, source));
                }
            }
        }
        Ok(fresh)
    }

    /// Attaches one of them, or replaces its program; true where there was none.
    fn attach_socket(&mut self, name: &str, cgroup: &File, pin: &Path) -> Result<bool, Reason> {
        if self.adopt(name, pin)? {
            return Ok(false);
        }
        let program = self.socket_program(name)?;
        let id = program.attach(cgroup, CgroupAttachMode::default())?;
        FdLink::try_from(program.take_link(id)?)?.pin(pin)?;
        Ok(true)
    }

    /// Moves the links that are there to the programs of this version; those whose cgroup is gone go too.
    pub(super) fn adopt_sockets(&mut self) -> Result<(), KernelError> {
        for name in SOCKET_HOOKS {
            self.adopt(name, &pins::socket_link(&self.bpf_dir, name))?;
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
        Ok(self.any_program_mut(name)?.try_into()?)
    }
}

/// The error of a cgroup that cannot be used.
fn refused(cgroup: &Path, source: Reason) -> KernelError {
    let cgroup = cgroup.to_owned();
    if is_full(&*source) {
        KernelError::SocketsFull { cgroup }
    } else {
        KernelError::Sockets { cgroup, source }
    }
}

/// Whether the kernel said that the list of programs is too long.
fn is_full(error: &(dyn Error + 'static)) -> bool {
    let said = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
    said == Some(libc::E2BIG) || error.source().is_some_and(is_full)
}

#[cfg(test)]
mod tests {
    use aya::{programs::ProgramError, sys::SyscallError};

    use super::*;

    fn said(errno: i32) -> String {
        let io_error = io::Error::from_raw_os_error(errno);
        let source = ProgramError::SyscallError(SyscallError { call: "bpf_link_create", io_error });
        refused(Path::new("/sys/fs/cgroup"), source.into()).to_string()
    }

    #[test]
    fn a_full_cgroup_is_told_from_others_with_the_way_out() {
        assert!(said(libc::E2BIG).starts_with("cgroup /sys/fs/cgroup holds 64 programs of a kind already"));
        assert!(said(libc::EPERM).starts_with("cannot attach to the sockets of cgroup /sys/fs/cgroup"));
    }
}
