//! The tables of services: observed and applied as the other ones are, but for rings, which are
//! memory that is shared with the programs.

use std::{collections::BTreeMap, sync::Arc};

use causeway_common::{Backend, Ipv4, LedKeyV4, MemberKey, Namespace, Service, names};

use super::{Dataplane, KernelError};
use crate::plan::{Step, Tables};

impl Dataplane {
    /// Reads services, backends, and the rings that a service names.
    pub(super) fn services(&self) -> Result<Tables, KernelError> {
        let services_v4: BTreeMap<Ipv4, Service> = self.entries(names::SERVICES_V4)?;
        let backends: Vec<(u32, Backend)> = self.entries_of(names::BACKENDS)?;
        Ok(Tables {
            backends: backends.into_iter().filter(|(_, backend)| *backend != Backend::default()).collect(),
            rings: self.rings(services_v4.values())?,
            services_v4,
            ..Tables::default()
        })
    }

    /// Notes the VIP that a connected UDP socket was led from, as `connect` does.
    ///
    /// # Errors
    /// [`KernelError::Map`] where the kernel refuses.
    pub fn note_led(&mut self, key: LedKeyV4, vip: Ipv4) -> Result<(), KernelError> {
        self.put(names::LED_V4, key, vip)
    }

    fn rings<'a>(
        &self,
        services: impl Iterator<Item = &'a Service>,
    ) -> Result<BTreeMap<u32, Arc<[u16]>>, KernelError> {
        let named = services.flat_map(|s| [(s.ring, s.slots), (s.local_ring, s.local_slots)]);
        let rings = named.filter(|(_, slots)| *slots != 0);
        rings.map(|(first, slots)| Ok((first, self.ring(first, slots)?.into()))).collect()
    }

    /// Steps of names and services.
    pub(super) fn apply_services(&mut self, step: &Step) -> Result<(), KernelError> {
        match *step {
            Step::PutNamespace(cookie, value) => self.put(names::NAMESPACES, cookie, value),
            Step::DeleteNamespace(cookie) => self.delete::<u64, Namespace>(names::NAMESPACES, cookie),
            Step::PutMember(key, addr) => self.put(names::MEMBERS, key, addr),
            Step::DeleteMember(key) => self.delete::<MemberKey, Ipv4>(names::MEMBERS, key),
            Step::PutBackend(index, value) => self.set(names::BACKENDS, index, value),
            Step::DeleteBackend(index) => self.set(names::BACKENDS, index, Backend::default()),
            Step::PutRing(first, ref slots) => self.put_ring(first, slots),
            Step::PutService(vip, value) => self.put(names::SERVICES_V4, vip, value),
            Step::DeleteService(vip) => self.delete::<Ipv4, Service>(names::SERVICES_V4, vip),
            // The other steps are the callers'.
            _ => Ok(()),
        }
    }
}
