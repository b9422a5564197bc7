//! The programs, by their pins: verified once a version, whoever starts how often.
//!
//! ```text
//!   <bpf_dir>/<layout>/programs/loading/<program>     being pinned, one after the other
//!   <bpf_dir>/<layout>/programs/<version>/<program>   all of them: the directory is renamed when it is whole
//! ```

use std::{collections::BTreeMap, path::Path};

use aya::programs::{CgroupSockAddr, CgroupSockAddrAttachType, Program, ProgramError, SchedClassifier, Xdp};
use aya_obj::programs::XdpAttachType;
use causeway_common::{
    Road,
    names::{self, SOCKET_HOOKS},
};

use super::{Dataplane, Hook, KernelError, WireMode};

/// Programs by their names.
pub(super) type Programs = BTreeMap<&'static str, Program>;

/// What each of [`SOCKET_HOOKS`] is attached to.
const SOCKET_CALLS: [CgroupSockAddrAttachType; SOCKET_HOOKS.len()] = [
    CgroupSockAddrAttachType::Connect4,
    CgroupSockAddrAttachType::Connect6,
    CgroupSockAddrAttachType::UDPSendMsg4,
    CgroupSockAddrAttachType::UDPSendMsg6,
    CgroupSockAddrAttachType::UDPRecvMsg4,
    CgroupSockAddrAttachType::UDPRecvMsg6,
    CgroupSockAddrAttachType::GetPeerName4,
    CgroupSockAddrAttachType::GetPeerName6,
    CgroupSockAddrAttachType::Bind4,
    CgroupSockAddrAttachType::Bind6,
];

/// Every program that each node has; hooks and roads once where one is both.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let mut classifiers: Vec<_> = Hook::ALL.iter().map(|hook| hook.name()).collect();
    classifiers.extend(Road::ALL.iter().map(|road| road.name()));
    classifiers.sort_unstable();
    classifiers.dedup();
    let wire = WireMode::ALL.map(WireMode::program);
    classifiers.into_iter().chain(SOCKET_HOOKS).chain(wire)
}

/// Opens the programs that are pinned in a directory; `None` where one is missing.
///
/// # Errors
/// Where a pin is no such program.
pub(super) fn open_all(directory: &Path) -> Result<Option<Programs>, KernelError> {
    if !names().all(|name| directory.join(name).exists()) {
        return Ok(None);
    }
    // Not every node has this one.
    let through_lo = [names::THROUGH_LO].into_iter().filter(|name| directory.join(name).exists());
    let opened = names().chain(through_lo).map(|name| Ok((name, open(directory, name)?)));
    opened.collect::<Result<_, ProgramError>>().map(Some).map_err(KernelError::from)
}

/// Opens one program.
pub(super) fn open(directory: &Path, name: &str) -> Result<Program, ProgramError> {
    let pin = directory.join(name);
    if let Some(call) = SOCKET_HOOKS.iter().position(|hook| *hook == name) {
        return CgroupSockAddr::from_pin(pin, SOCKET_CALLS[call]).map(Program::CgroupSockAddr);
    }
    if WireMode::ALL.iter().any(|mode| mode.program() == name) {
        return Xdp::from_pin(pin, XdpAttachType::Interface).map(Program::Xdp);
    }
    SchedClassifier::from_pin(pin).map(Program::SchedClassifier)
}

impl Dataplane {
    /// A program by its name.
    pub(super) fn any_program(&self, name: &str) -> Result<&Program, KernelError> {
        self.programs.get(name).ok_or_else(|| missing(name))
    }

    /// The same, to be attached.
    pub(super) fn any_program_mut(&mut self, name: &str) -> Result<&mut Program, KernelError> {
        self.programs.get_mut(name).ok_or_else(|| missing(name))
    }

    /// The program of a hook.
    pub(super) fn program(&mut self, hook: Hook) -> Result<&mut SchedClassifier, KernelError> {
        self.classifier(hook.name())
    }

    /// The program of a hook or a road.
    pub(super) fn classifier(&mut self, name: &str) -> Result<&mut SchedClassifier, KernelError> {
        Ok(self.any_program_mut(name)?.try_into()?)
    }
}

fn missing(name: &str) -> KernelError {
    KernelError::Missing(format!("program {name}"))
}
