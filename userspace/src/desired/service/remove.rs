//! Removing services.

use crate::{
    desired::{Refusal, State, draft::Draft, service::part::part_of},
    model::{Id, Service},
    store::{
        Txn,
        schema::{Claim, Key},
    },
};

/// Backends that one transaction removes: etcd takes 128 operations, and one that is being moved has two records.
const AT_ONCE: usize = 50;

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
    Ok(remove_next(state, state.service(name)?))
}

/// The next step of a service's removal.
pub(in crate::desired) fn remove_next(state: &State, service: &Service) -> (Removal, Txn) {
    let mut draft = Draft::default();
    let mut backends = state.backends_of_service(&service.id).map(|b| &b.container);
    for container in backends.by_ref().take(AT_ONCE) {
        state.backend_keys(&service.id, container).iter().for_each(|key| draft.take(key));
    }
    let done = backends.next().is_none();
    if done {
        strike_out(state, service, &mut draft);
    }
    (Removal { id: service.id.clone(), done }, draft.txn())
}

/// Deletes all that is recorded of a service without backends.
fn strike_out(state: &State, service: &Service, draft: &mut Draft) {
    draft.unchanged(state, &Key::Service(service.id.clone()));
    // A backend that appears meanwhile rewrites this.
    let guard = Key::Guard(part_of(service), service.id.clone());
    draft.unchanged(state, &guard);
    draft.delete(&guard);
    draft.delete(&Key::Service(service.id.clone()));
    draft.delete(&Claim::ServiceName(service.name.clone()).into());
    if let Some(vip) = service.vip {
        draft.delete(&Claim::Vip(vip).into());
    }
    service.ingress().for_each(|port| draft.delete(&Claim::Ingress(port.protocol, port.published).into()));
}
