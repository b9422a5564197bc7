//! Signs of life.

use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Id, SignOfLife},
    store::{Txn, schema::Key},
};

/// A sign of life from `machine`, under the node's lease, with what its dataplane has applied. Conflicts where the node's record has been written or removed meanwhile.
///
/// # Errors
/// [`Refusal::NotRegistered`] where the node has been removed, [`Refusal::NodeElsewhere`] where its id
/// has been registered from another machine since.
pub fn alive(
    state: &State,
    id: &Id,
    machine: &str,
    sign: &SignOfLife,
    lease: i64,
) -> Result<((), Txn), Refusal> {
    let node = state.nodes.get(id).ok_or(Refusal::NotRegistered)?;
    if node.machine != machine {
        return Err(Refusal::NodeElsewhere(node.name.clone()));
    }
    let mut draft = Draft::default();
    draft.unchanged(state, &Key::Node(id.clone()));
    draft.leased(&Key::Live(id.clone()), sign, Some(lease));
    Ok(((), draft.txn()))
}
