//! The ports that masqueraded flows get, kept from the host's own sockets while the node is here.

use std::{fs, io, ops::RangeInclusive, path::Path};

use crate::{
    failpoint,
    link::{LinkError, ReservedPorts, free_ports, reserve_ports, unreserved_ports},
};

/// What was added to the host's list stands here until it is taken out again.
const FILE: &str = "reserved-ports.json";

/// Keeps these ports from the host's own sockets, and no others that an earlier daemon kept; what that
/// changes is noted in `run_dir` before it is changed.
///
/// # Errors
/// Where the setting or the note cannot be written.
pub(in crate::daemon) fn reserve(run_dir: &Path, ports: RangeInclusive<u16>) -> Result<(), LinkError> {
    let earlier = noted(run_dir);
    if !earlier.is_within(&ports) {
        free(run_dir)?;
    }
    let added = unreserved_ports(ports)?;
    if added == ReservedPorts::default() {
        return Ok(());
    }
    // The namespace may be another than the earlier daemon's, and its note of ports that are not on
    // this list: to free them once more does no harm.
    note(run_dir, &noted(run_dir).and(added.clone())).map_err(|source| unwritten(run_dir, source))?;
    failpoint::pass("ports are noted");
    reserve_ports(&added)?;
    failpoint::pass("ports are reserved");
    Ok(())
}

/// What an earlier daemon has added.
fn noted(run_dir: &Path) -> ReservedPorts {
    let text = fs::read(run_dir.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Half a note is never read.
fn note(run_dir: &Path, added: &ReservedPorts) -> io::Result<()> {
    let beside = run_dir.join(FILE).with_extension("new");
    fs::write(&beside, serde_json::to_vec(added)?)?;
    fs::rename(beside, run_dir.join(FILE))
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
