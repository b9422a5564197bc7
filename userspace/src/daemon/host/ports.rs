//! The ports that masqueraded flows get, kept from the host's own sockets while the node is here.

use std::{fs, io, ops::RangeInclusive, path::Path};

use crate::link::{LinkError, ReservedPorts, free_ports, reserve_ports};

/// What was added to the host's list stands here until it is taken out again.
const FILE: &str = "reserved-ports.json";

/// Keeps these ports from the host's own sockets, and no others that an earlier daemon kept; what that
/// changed is noted in `run_dir`.
///
/// # Errors
/// Where the setting or the note cannot be written.
pub(in crate::daemon) fn reserve(run_dir: &Path, ports: RangeInclusive<u16>) -> Result<(), LinkError> {
    let earlier = noted(run_dir);
    if !earlier.is_within(&ports) {
        free(run_dir)?;
    }
    let added = reserve_ports(ports)?;
    if added != ReservedPorts::default() {
        // The namespace may be another than the earlier daemon's, and its note of ports that are not on
        // this list: to free them once more does no harm.
        let added = noted(run_dir).and(added);
        note(run_dir, &added).map_err(|source| unwritten(run_dir, source))?;
    }
    Ok(())
}

/// What an earlier daemon has added.
fn noted(run_dir: &Path) -> ReservedPorts {
    let text = fs::read(run_dir.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
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
    if !path.exists() {
        return Ok(());
    }
    free_ports(&noted(run_dir))?;
    fs::remove_file(&path).map_err(|source| unwritten(run_dir, source))
}
