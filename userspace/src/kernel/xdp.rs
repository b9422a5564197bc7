//! The uplink's frames met before there is an skb of them: XDP, by the driver or by the kernel in its place.
//!
//! The link is pinned as `from_wire-<mode>-<ifindex>`; a restart puts the new program into it.

use std::{error::Error, fmt, str::FromStr};

use aya::programs::{Xdp, XdpMode, links::FdLink};
use causeway_common::names::{FROM_DRIVER, FROM_WIRE};

use super::{Dataplane, KernelError, link_update, links, pins};

/// Who runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WireMode {
    /// The driver, on the frame as the hardware wrote it.
    Native,
    /// The kernel, on an skb laid out as a frame: any interface can that.
    Generic,
}

impl WireMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Native, Self::Generic];

    /// The name in the configuration, in `causeway status` and in pins.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Generic => "generic",
        }
    }

    /// The program's name.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Native => FROM_DRIVER,
            Self::Generic => FROM_WIRE,
        }
    }

    const fn flag(self) -> XdpMode {
        match self {
            Self::Native => XdpMode::Driver,
            Self::Generic => XdpMode::Skb,
        }
    }
}

impl fmt::Display for WireMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for WireMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or(())
    }
}

impl Dataplane {
    /// Attaches the program to an interface of the calling thread's network namespace. One that has it in
    /// this mode already is left as it is; from wherever else it is, it is taken off first.
    ///
    /// # Errors
    /// [`KernelError::NoInterface`]; [`KernelError::AttachXdp`] where the driver cannot, or somebody else's
    /// program is there.
    pub fn attach_xdp(&mut self, mode: WireMode, ifname: &str, ifindex: u32) -> Result<(), KernelError> {
        links::check_interface(ifname, ifindex)?;
        if self.attached_xdp()? == [(mode, ifindex)] {
            return Ok(());
        }
        self.detach_xdp()?;
        let link = self.link_xdp(mode, ifindex);
        let link =
            link.map_err(|source| KernelError::AttachXdp { mode, interface: ifname.into(), source })?;
        let pin = pins::xdp_link(&self.bpf_dir, mode, ifindex);
        link.pin(&pin).map_err(|error| links::unusable(&pin, error))?;
        Ok(())
    }

    /// A link, for as long as it is held or pinned.
    fn link_xdp(&mut self, mode: WireMode, ifindex: u32) -> Result<FdLink, Box<dyn Error + Send + Sync>> {
        let program = self.xdp(mode)?;
        let id = program.attach_to_if_index(ifindex, mode.flag())?;
        // What is attached without a link would go with the daemon: then that fails, and it is off again.
        Ok(program.take_link(id)?.try_into()?)
    }

    /// Takes the program off, wherever it is; at once. Where it is not that is no error.
    ///
    /// # Errors
    /// [`KernelError::Link`] where the kernel does not let go, [`KernelError::Pin`] where the pin stays.
    pub fn detach_xdp(&mut self) -> Result<(), KernelError> {
        for (mode, ifindex) in self.attached_xdp()? {
            let pin = pins::xdp_link(&self.bpf_dir, mode, ifindex);
            link_update::detach(&pin).map_err(|error| links::unusable(&pin, error))?;
            pins::remove(&pin)?;
        }
        Ok(())
    }

    /// Where the program is attached, and in which mode.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where the directory of links cannot be read.
    pub fn attached_xdp(&self) -> Result<Vec<(WireMode, u32)>, KernelError> {
        pins::list_xdp_links(&self.bpf_dir)
    }

    /// Moves the pinned links to the program of this version, in place; those whose interface is gone go too.
    pub(super) fn adopt_xdp(&mut self) -> Result<(), KernelError> {
        for (mode, ifindex) in self.attached_xdp()? {
            let pin = pins::xdp_link(&self.bpf_dir, mode, ifindex);
            self.adopt(mode.program(), &pin)?;
        }
        Ok(())
    }

    /// The program of a mode.
    pub(super) fn xdp(&mut self, mode: WireMode) -> Result<&mut Xdp, KernelError> {
        Ok(self.any_program_mut(mode.program())?.try_into()?)
    }
}
