//! The tables of services: observed and applied as the other ones are, but for rings, which are
//! memory that is shared with the programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use causeway_common::{Backend, Ingress, IngressKey, Ipv4, LedKeyV4, Service, names};

use super::{Dataplane, KernelError, writer::Writer};
use crate::plan::{Step, Tables};

impl Dataplane {
    /// Reads services, ports of all nodes, backends, and the rings that they name.
    pub(super) fn services(&self) -> Result<Tables, KernelError> {
        let services_v4: BTreeMap<Ipv4, Service> = self.table(names::SERVICES_V4)?;
        let ingress: BTreeMap<IngressKey, Ingress> = self.table(names::INGRESS)?;
        let backends: Vec<(u32, Backend)> = self.entries_of(names::BACKENDS)?;
        Ok(Tables {
            backends: backends.into_iter().filter(|(_, backend)| *backend != Backend::default()).collect(),
            rings: self.rings(&services_v4, &ingress)?,
            services_v4,
            ingress,
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

    fn rings(
        &self,
        services: &BTreeMap<Ipv4, Service>,
        ingress: &BTreeMap<IngressKey, Ingress>,
    ) -> Result<BTreeMap<u32, Arc<[u16]>>, KernelError> {
        let of_services = services.values().flat_map(|s| [(s.ring, s.slots), (s.local_ring, s.local_slots)]);
        let of_ports = ingress.values().flat_map(|i| [(i.ring, i.slots), (i.before, i.before_slots)]);
        // Several name one ring, and it is read once.
        let named: BTreeSet<(u32, u32)> =
            of_services.chain(of_ports).filter(|(_, slots)| *slots != 0).collect();
        named.into_iter().map(|(first, slots)| Ok((first, self.ring(first, slots)?.into()))).collect()
    }
}

/// Steps of names and services.
pub(super) fn apply(writer: &mut Writer<'_>, step: &Step) -> Result<(), KernelError> {
    match *step {
        Step::PutNamespace(cookie, value) => writer.put(names::NAMESPACES, cookie, value),
        Step::DeleteNamespace(cookie) => writer.delete(names::NAMESPACES, cookie),
        Step::PutMember(key, addr) => writer.put(names::MEMBERS, key, addr),
        Step::DeleteMember(key) => writer.delete(names::MEMBERS, key),
        Step::PutBackend(index, value) => writer.put(names::BACKENDS, index, value),
        Step::DeleteBackend(index) => writer.put(names::BACKENDS, index, Backend::default()),
        Step::PutRing(first, ref slots) => writer.flush()?.put_ring(first, slots),
        Step::PutService(vip, value) => writer.put(names::SERVICES_V4, vip, value),
        Step::DeleteService(vip) => writer.delete(names::SERVICES_V4, vip),
        Step::PutIngress(key, value) => {
            writer.put(names::INGRESS, key, value)?;
            writer.flush()?.show_ingress(key, value)
        }
        Step::DeleteIngress(key) => {
            writer.flush()?.hide_ingress(key)?;
            writer.delete(names::INGRESS, key)
        }
        // The other steps are the callers'.
        _ => Ok(()),
    }
}
