//! Removing services.

use crate::{
    desired::{Refusal, State, draft::Draft},
    model::{Id, Service},
    store::{Txn, schema::Key},
};

/// Backends that one transaction removes: etcd takes 128 operations.
const AT_ONCE: usize = 100;

/// One step of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The service.
    pub id: Id,
    /// Whether it is gone; if not, ask again.
    pub done: bool,
}

/// Removes a service; its containers live on. One with many backends goes in several steps: backends
/// first, the service last.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Ambiguous`].
pub fn remove(state: &State, name: &str) -> Result<(Removal, Txn), Refusal> {
    let service = state.service(name)?;
    let mut draft = Draft::default();
    let mut backends = state.backends_of_service(&service.id).map(|b| &b.container);
    for container in backends.by_ref().take(AT_ONCE) {
        draft.delete(&Key::Backend(service.id.clone(), container.clone()));
    }
    let done = backends.next().is_none();
    if done {
        strike_out(state, service, &mut draft);
    }
    Ok((Removal { id: service.id.clone(), done }, draft.txn()))
}

/// Deletes all that is recorded of a service without backends.
pub(in crate::desired) fn strike_out(state: &State, service: &Service, draft: &mut Draft) {
    draft.unchanged(state, &Key::Service(service.id.clone()));
    // A backend that appears meanwhile rewrites the name.
    draft.unchanged(state, &Key::ServiceName(service.name.clone()));
    draft.delete(&Key::Service(service.id.clone()));
    draft.delete(&Key::ServiceName(service.name.clone()));
    if let Some(vip) = service.vip {
        draft.delete(&Key::Vip(vip));
    }
}
