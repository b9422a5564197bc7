//! Links: which program runs where. Each is pinned, so that it outlives the daemon.

use std::{os::fd::AsFd, path::Path};

use aya::programs::{TcAttachType, links::FdLink, tc::SchedClassifierLink};

use super::{Dataplane, Hook, KernelError, link_update, pins};

impl Dataplane {
    /// Attaches a hook's program to an interface's ingress (TCX), in the calling thread's network
    /// namespace. An interface that has it already is left as it is.
    ///
    /// # Errors
    /// [`KernelError::NoInterface`] where `ifname` is not there or has another index.
    pub fn attach(&mut self, hook: Hook, ifname: &str, ifindex: u32) -> Result<(), KernelError> {
        self.attach_if_missing(hook, ifname, ifindex).map(drop)
    }

    /// As [`Dataplane::attach`]; true where the program was not there.
    ///
    /// # Errors
    /// Likewise.
    pub fn attach_if_missing(&mut self, hook: Hook, ifname: &str, ifindex: u32) -> Result<bool, KernelError> {
        check_interface(ifname, ifindex)?;
        let pin = pins::link(&self.bpf_dir, hook, ifindex);
        if self.adopt(hook.name(), &pin)? {
            return Ok(false);
        }
        let failed = |source| KernelError::Attach { hook, interface: ifname.to_owned(), source };
        let program = self.program(hook)?;
        let id = program.attach(ifname, TcAttachType::Ingress).map_err(failed)?;
        let link = program.take_link(id).map_err(failed)?;
        pin_link(link, &pin)?;
        Ok(true)
    }

    /// Takes a hook's program off an interface; the kernel does it some milliseconds later, when
    /// nobody can still look at the pin (RCU). One that has none, or is gone, is no error.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where the pin cannot be removed.
    pub fn detach(&mut self, hook: Hook, ifindex: u32) -> Result<(), KernelError> {
        pins::remove(&pins::link(&self.bpf_dir, hook, ifindex))
    }

    /// Where programs are attached: hook and interface index.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where the directory of links cannot be read.
    pub fn attached(&self) -> Result<Vec<(Hook, u32)>, KernelError> {
        pins::list_links(&self.bpf_dir)
    }

    /// Moves every pinned link to the program of this version.
    pub(super) fn adopt_links(&mut self) -> Result<(), KernelError> {
        for (hook, ifindex) in pins::list_links(&self.bpf_dir)? {
            self.adopt(hook.name(), &pins::link(&self.bpf_dir, hook, ifindex))?;
        }
        Ok(())
    }

    /// Has the link that is pinned here run a program, in place; one that does is left as it is. Where its place
    /// is gone the pin is removed. False where no link is left.
    pub(super) fn adopt(&self, program: &str, pin: &Path) -> Result<bool, KernelError> {
        let program = self.any_program(program)?;
        let (fd, id) = (program.fd()?.try_clone().map_err(|e| unusable(pin, e))?, program.info()?.id());
        match link_update::adopt(pin, fd.as_fd(), id) {
            Err(error) if error.raw_os_error() == Some(libc::ENOLINK) => pins::remove(pin).map(|()| false),
            adopted => adopted.map_err(|error| unusable(pin, error)),
        }
    }
}

/// Where programs of the dataplane below `bpf_dir` are attached, without opening it.
///
/// # Errors
/// [`KernelError::Pin`] where the directory of links cannot be read.
pub fn attached(bpf_dir: &Path) -> Result<Vec<(Hook, u32)>, KernelError> {
    pins::list_links(bpf_dir)
}

/// Pins a new link.
fn pin_link(link: SchedClassifierLink, pin: &Path) -> Result<(), KernelError> {
    let link = FdLink::try_from(link).map_err(|error| unusable(pin, error))?;
    link.pin(pin).map_err(|error| unusable(pin, error))?;
    Ok(())
}

/// The error of a pin that cannot be used.
pub(super) fn unusable(pin: &Path, source: impl std::error::Error + Send + Sync + 'static) -> KernelError {
    KernelError::Link { path: pin.to_owned(), source: Box::new(source) }
}

/// Whether `ifname` is here and is the interface that the caller means.
pub(super) fn check_interface(ifname: &str, ifindex: u32) -> Result<(), KernelError> {
    if nix::net::if_::if_nametoindex(ifname) == Ok(ifindex) {
        return Ok(());
    }
    Err(KernelError::NoInterface { interface: ifname.to_owned(), ifindex })
}
