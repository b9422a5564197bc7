//! The way to resolvers through containers' `lo`, where the socket hooks cannot be attached.

use std::{fs, path::Path};

use aya::programs::{SchedClassifier, TcAttachType, links::FdLink};
use causeway_common::names::THROUGH_LO;

use super::{Dataplane, KernelError, links, pins};

/// The interface.
const LO: &str = "lo";

impl Dataplane {
    /// Leads packets for the resolver through the `lo` of the calling thread's network namespace, which has
    /// this cookie; `lo` must be up for them to go through. A program of an earlier run is replaced in
    /// place. It needs Linux 6.15: before that, a packet does not say which namespace it is in.
    ///
    /// # Errors
    /// [`KernelError::Program`] where the kernel is older; [`KernelError::Link`] where the link cannot be
    /// made.
    pub fn attach_lo(&mut self, cookie: u64) -> Result<(), KernelError> {
        let pin = pins::lo_link(&self.bpf_dir, cookie);
        if self.adopt_lo(&pin)? {
            return Ok(());
        }
        let program = self.load_lo()?;
        let id = program.attach(LO, TcAttachType::Egress)?;
        let link = FdLink::try_from(program.take_link(id)?).map_err(|e| links::unusable(&pin, e))?;
        link.pin(&pin).map_err(|e| links::unusable(&pin, e))?;
        Ok(())
    }

    /// Leads them no longer; a namespace where nobody did is no error.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where the pin cannot be removed.
    pub fn detach_lo(&mut self, cookie: u64) -> Result<(), KernelError> {
        pins::remove(&pins::lo_link(&self.bpf_dir, cookie))
    }

    /// Leads them no longer in any namespace.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where a pin cannot be removed.
    pub fn detach_los(&mut self) -> Result<(), KernelError> {
        pins::lo_links(&self.bpf_dir)?.iter().try_for_each(|pin| pins::remove(pin))
    }

    /// Moves every link on a `lo` to the program of this run; those whose namespace is gone go too.
    pub(super) fn adopt_los(&mut self) -> Result<(), KernelError> {
        for pin in pins::lo_links(&self.bpf_dir)? {
            self.adopt_lo(&pin)?;
        }
        Ok(())
    }

    /// Moves one link; false where there is none, or none any more.
    fn adopt_lo(&mut self, pin: &Path) -> Result<bool, KernelError> {
        if !fs::exists(pin).unwrap_or_default() {
            return Ok(false);
        }
        self.load_lo()?;
        self.adopt(THROUGH_LO, pin)
    }

    /// The program, handed to the verifier when it is first needed: an older kernel refuses it.
    ///
    /// # Errors
    /// [`KernelError::Program`] where the kernel does.
    pub fn load_lo(&mut self) -> Result<&mut SchedClassifier, KernelError> {
        self.load_also(THROUGH_LO)?;
        self.classifier(THROUGH_LO)
    }
}
