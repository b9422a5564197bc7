//! Removing the dataplane.

use std::path::Path;

use super::{KernelError, pins};

/// Removes all pins below the bpf directory, whatever their layout, and the directory: with the last pin of a link the
/// program is detached, with the last use of a map its memory is freed. Nothing there is no error.
///
/// # Errors
/// [`KernelError::Pin`] where something could not be removed.
pub fn cleanup(bpf_dir: &Path) -> Result<(), KernelError> {
    // Links first: no program shall run on maps that are going.
    let links = pins::layouts(bpf_dir).into_iter().map(|layout| bpf_dir.join(layout).join("links"));
    for dir in links.chain([bpf_dir.to_owned()]) {
        pins::remove_all(&dir)?;
    }
    Ok(())
}
