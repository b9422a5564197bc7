//! Links: which program runs where. Each is pinned, so that it outlives the daemon.

use std::path::Path;

use aya::programs::{
    ProgramError, TcAttachType,
    links::{FdLink, PinnedLink},
    tc::SchedClassifierLink,
};

use super::{Dataplane, Hook, KernelError, pins};

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
        if pin.exists() && self.adopt(hook, &pin)? {
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

    /// Moves every pinned link to the program just loaded.
    pub(super) fn adopt_links(&mut self) -> Result<(), KernelError> {
        for (hook, ifindex) in pins::list_links(&self.bpf_dir)? {
            self.adopt(hook, &pins::link(&self.bpf_dir, hook, ifindex))?;
        }
        Ok(())
    }

    /// Moves one pinned link to the program just loaded, in place. Where its interface is gone the
    /// pin is removed; then the answer is false.
    fn adopt(&mut self, hook: Hook, pin: &Path) -> Result<bool, KernelError> {
        let link = open_link(pin)?;
        let program = self.program(hook)?;
        match program.attach_to_link(link) {
            // The kernel keeps the link by its pin, ours is not needed.
            Ok(id) => drop(program.take_link(id)?),
            Err(error) if is_defunct(&error) => {
                pins::remove(pin)?;
                return Ok(false);
            }
            Err(error) => return Err(unusable(pin, error)),
        }
        Ok(true)
    }
}

/// Where programs of the dataplane below `bpf_dir` are attached, without opening it.
///
/// # Errors
/// [`KernelError::Pin`] where the directory of links cannot be read.
pub fn attached(bpf_dir: &Path) -> Result<Vec<(Hook, u32)>, KernelError> {
    pins::list_links(bpf_dir)
}

/// Opens a pinned link.
fn open_link(pin: &Path) -> Result<SchedClassifierLink, KernelError> {
    let pinned = PinnedLink::from_pin(pin).map_err(|error| unusable(pin, error))?;
    FdLink::from(pinned).try_into().map_err(|error| unusable(pin, error))
}

/// Pins a new link.
fn pin_link(link: SchedClassifierLink, pin: &Path) -> Result<(), KernelError> {
    let link = FdLink::try_from(link).map_err(|error| unusable(pin, error))?;
    link.pin(pin).map_err(|error| unusable(pin, error))?;
    Ok(())
}

/// Whether the link's interface is gone (`tcx_link_update` says ENOLINK).
fn is_defunct(error: &ProgramError) -> bool {
    match error {
        ProgramError::SyscallError(error) => error.io_error.raw_os_error() == Some(libc::ENOLINK),
        _ => false,
    }
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
