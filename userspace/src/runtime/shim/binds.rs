//! The container's own files under /etc, mounted over the host's.

use std::path::Path;

use nix::mount::{MsFlags, mount};

use crate::runtime::{
    error::{Doing, RuntimeError},
    files::TARGETS,
};

/// Mounts the files of `directory` over those of the same purpose in the calling thread's mount
/// namespace. What is not there on either side is left out: nothing is made on the host for it.
pub(super) fn bind_files(directory: &Path) -> Result<(), RuntimeError> {
    for (name, target) in TARGETS {
        let source = directory.join(name);
        if source.exists() && Path::new(target).exists() {
            let bound = mount(Some(&source), target, None::<&str>, MsFlags::MS_BIND, None::<&str>);
            bound.doing(|| format!("mount {} over {target}", source.display()))?;
        }
    }
    Ok(())
}
