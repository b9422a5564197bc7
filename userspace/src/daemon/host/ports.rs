//! The ports that masqueraded flows get, kept from the host's own sockets while the node is here.

use std::{fs, io, path::Path};

use causeway_common::limits;

use crate::link::{LinkError, ReservedPorts, free_ports, reserve_ports};

/// What was added to the host's list stands here until it is taken out again.
const FILE: &str = "reserved-ports.json";

/// Keeps the ports from the host's own sockets; what that changed is noted in `run_dir`.
///
/// # Errors
/// Where the setting or the note cannot be written.
pub(in crate::daemon) fn reserve(run_dir: &Path) -> Result<(), LinkError> {
    let first = limits::FIRST_MASQUERADE_PORT;
    let last = first + (limits::MASQUERADE_PORTS - 1);
    let added = reserve_ports(first..=last)?;
    if added != ReservedPorts::default() {
        // A note of an earlier daemon is of ports that are gone from the list by now.
        note(run_dir, &added).map_err(|source| unwritten(run_dir, source))?;
    }
    Ok(())
}

fn note(run_dir: &Path, added: &ReservedPorts) -> io::Result<()> {
    fs::write(run_dir.join(FILE), serde_json::to_vec(added)?)
}

fn unwritten(run_dir: &Path, source: io::Error) -> LinkError {
    LinkError::Refused { action: format!("write {}", run_dir.join(FILE).display()), source }
}

/// Gives the ports back to the host.
///
/// # Errors
/// Where the setting cannot be written.
pub(in crate::daemon) fn free(run_dir: &Path) -> Result<(), LinkError> {
    let path = run_dir.join(FILE);
    let Ok(text) = fs::read(&path) else { return Ok(()) };
    free_ports(&serde_json::from_slice(&text).unwrap_or_default())?;
    fs::remove_file(&path).map_err(|source| unwritten(run_dir, source))
}
