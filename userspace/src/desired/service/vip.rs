//! Virtual addresses, given to services and taken back.

use std::{collections::BTreeSet, net::Ipv4Addr};

use ipnet::Ipv4Net;

use crate::{
    desired::{Refusal, State, draft::Draft},
    ipam::{VipPool, check_vip_pool},
    model::{Service, Sizes},
    store::schema::{Claim, Key},
};

/// Where virtual addresses come from, and how many a node takes.
#[derive(Clone, Copy, Debug)]
pub struct Supply {
    /// The pool of the first one of the cluster, and so of all that come behind it.
    pub first_pool: Ipv4Net,
    /// Services with virtual addresses that this node's tables hold.
    pub most: u32,
}

/// The default's number of them.
impl From<Ipv4Net> for Supply {
    fn from(first_pool: Ipv4Net) -> Self {
        Self { first_pool, most: Sizes::default().services }
    }
}

/// Gives the service a virtual address.
pub(super) fn give(
    state: &State,
    service: Service,
    supply: Supply,
    draft: &mut Draft,
) -> Result<Service, Refusal> {
    let taken: BTreeSet<Ipv4Addr> = state.services.values().filter_map(|s| s.vip).collect();
    if u32::try_from(taken.len()).unwrap_or(u32::MAX) >= supply.most {
        return Err(Refusal::TooManyServices(supply.most));
    }
    let mut pool = match state.vip_pool {
        Some(pool) => pool,
        None => found(state, supply.first_pool, draft)?,
    };
    let vip = pool.take(&taken)?;
    // Whoever takes an address at the same time would give up the rest of this one.
    draft.unchanged(state, &Key::VipPool);
    draft.put(&Key::VipPool, &pool);
    draft.create(&Claim::Vip(vip).into(), &service.id);
    Ok(Service { vip: Some(vip), ..service })
}

/// The pool's beginning. A network that is created meanwhile could have its addresses.
fn found(state: &State, cidr: Ipv4Net, draft: &mut Draft) -> Result<VipPool, Refusal> {
    check_vip_pool(cidr, state.networks.values())?;
    draft.unchanged(state, &Key::Pool);
    draft.put(&Key::Pool, &state.pool);
    Ok(VipPool::new(cidr))
}

/// Takes the service's virtual address back.
pub(super) fn take_back(service: Service, draft: &mut Draft) -> Service {
    if let Some(vip) = service.vip {
        draft.delete(&Claim::Vip(vip).into());
    }
    Service { vip: None, ..service }
}
