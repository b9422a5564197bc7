//! A store that does not know this node must not take its containers' network with it.

use super::{Config, Result, adopt, error::Error, ledger::Ledger};
use crate::{
    kernel::{self, Hook},
    model::Id,
};

/// Refuses to start on a store that has never heard of this node, which may then be an empty one or
/// another one, while containers are here; unless the configuration accepts that. To be asked
/// before the node registers.
///
/// # Errors
/// One line with the way out.
pub(super) fn check(config: &Config, ledger: &Ledger, node: &Id) -> Result<()> {
    let attached = kernel::attached(&config.bpf_dir).map_err(|e| Error::internal("links", e))?;
    let attached = attached.iter().filter(|(hook, _)| *hook == Hook::FromContainer).count();
    // Also of those that have no interface, or have ended, the next start would leave nothing.
    let held = attached.max(adopt::ids(&config.containers_dir()).len());
    if held == 0 || config.accept_empty_store || ledger.read(|s| s.nodes.contains_key(node)) {
        return Ok(());
    }
    Err(Error::InTheWay(format!(
        "the store at {} does not know this node (was it emptied, or is it another one?), but {held} containers \
         are here; bring back what it held, or start with --accept-empty-store to remove them",
        ledger.store.describe()
    )))
}
