//! Services by their VIPs, their backends, and the rings that lead from the one to the other.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::{
    Backend as Entry, EndpointKeyV4, Ipv4, Service as Value, names,
    node::LOCAL,
    service::{ACTIVE, AFFINITY, DRAINING, LOCAL_FIRST, RANDOM},
};

use super::{
    Host, Tables,
    ingress::{self, Ports},
    maglev::Contender,
    rings::Rings,
    silence,
    sources::Lists,
    stable,
};
use crate::{
    desired::State,
    model::{Backend, BackendState, Balance, Network, Service},
};

/// A backend within all tables: its service's VIP, its node's index, its address. Bridge networks of two
/// nodes may give out the same one.
type Place = (Ipv4, u32, Ipv4);

/// Enters the services that have a VIP in a network that this node sees, and those with ports of all nodes;
/// endpoints and nodes are entered already. `rings` are those of earlier rounds, if they are known. Gives the maps
/// that have no room for all of it.
pub(super) fn fill(
    state: &State,
    host: &Host,
    observed: &Tables,
    rings: &mut Rings,
    lists: &mut Lists,
    tables: &mut Tables,
) -> BTreeSet<&'static str> {
    let wanted: BTreeMap<Ipv4, (&Service, u32)> =
        state.services_led_to_by(&host.node).filter_map(|s| seen(state, host, s)).collect();
    let numbers = service_numbers(&wanted, observed, host.sizes.services);
    let live = entries(state, host, tables, &wanted, &numbers);
    let indices = backend_indices(&live, observed, host.sizes.backends);
    let mut round = rings.round(observed, host.sizes.ring_slots);
    let mut short = BTreeSet::new();
    short.extend((numbers.len() < wanted.len()).then_some(names::SERVICES_V4));
    short.extend((indices.len() < live.len()).then_some(names::BACKENDS));
    let mut ports = Ports { host, earlier: ingress::earlier(observed), lists };
    for (vip, (service, network)) in wanted {
        let Some(number) = numbers.get(&vip) else { continue };
        let (all, local) = contenders(service, vip, &live, &indices);
        let (ring, local_ring) = round.place(service, vip, all, local);
        let value = Value {
            network,
            number: *number,
            ring: ring.first,
            slots: ring.slots,
            local_ring: local_ring.first,
            local_slots: local_ring.slots,
            affinity_seconds: service.affinity_seconds.unwrap_or(0),
            flags: flags(service),
            reserved: 0,
        };
        ports.enter(service, vip, &value, &mut round, tables);
        tables.services_v4.insert(vip, value);
    }
    short.extend(round.lacks_room().then_some(names::RINGS));
    tables.rings = round.finish();
    let known = live.into_iter().filter_map(|(place, live)| Some((*indices.get(&place)?, live.entry)));
    tables.backends = known.collect();
    short
}

/// A service's VIP, the service and the first VNI of its network; 0 where it has none that this node sees, and
/// only hosts use it.
fn seen<'s>(state: &'s State, host: &Host, service: &'s Service) -> Option<(Ipv4, (&'s Service, u32))> {
    let network = service.network.as_ref().and_then(|id| state.networks.get(id));
    let network = network.filter(|n| n.is_seen_from(&host.node)).and_then(Network::first_vni);
    Some((service.vip?.octets(), (service, network.unwrap_or(0))))
}

fn service_numbers(
    wanted: &BTreeMap<Ipv4, (&Service, u32)>,
    observed: &Tables,
    most: u32,
) -> BTreeMap<Ipv4, u32> {
    let held: BTreeMap<Ipv4, u32> = observed.services_v4.iter().map(|(vip, s)| (*vip, s.number)).collect();
    let given_up: BTreeSet<u32> = held.values().copied().collect();
    stable::numbers(wanted.keys().copied(), &held, |number| given_up.contains(&number), 1..most + 1)
}

/// A backend that is reached from here.
struct Live<'s> {
    backend: &'s Backend,
    entry: Entry,
}

/// The backends that are reached from here and are past their start.
fn entries<'s>(
    state: &'s State,
    host: &Host,
    tables: &Tables,
    wanted: &BTreeMap<Ipv4, (&Service, u32)>,
    numbers: &BTreeMap<Ipv4, u32>,
) -> BTreeMap<Place, Live<'s>> {
    let mut entries = BTreeMap::new();
    for (vip, (service, _)) in wanted {
        let Some(number) = numbers.get(vip) else { continue };
        let silent = silence::of(state, &host.node, service);
        for backend in state.backends_of_service(&service.id) {
            let spared = service.draining.contains(&backend.container) || silent.contains(&backend.node);
            if let Some(entry) = entry(state, host, tables, spared, backend) {
                let entry = Entry { service: *number, ..entry };
                entries.insert((*vip, entry.node, entry.addr), Live { backend, entry });
            }
        }
    }
    entries
}

/// One that is `spared` takes nothing new.
fn entry(state: &State, host: &Host, tables: &Tables, spared: bool, backend: &Backend) -> Option<Entry> {
    let flags = match backend.state {
        BackendState::Starting => return None,
        BackendState::Active if !spared => ACTIVE,
        BackendState::Active | BackendState::Draining => DRAINING,
    };
    let addr = backend.addr.octets();
    let node = if backend.node == host.node {
        // Without an interface it is not entered, and not reached.
        tables.endpoints_v4.get(&EndpointKeyV4 { vni: backend.vni, addr })?;
        LOCAL
    } else {
        *tables.vteps_v4.get(&state.nodes.get(&backend.node)?.vtep.octets())?
    };
    Some(Entry { addr, vni: backend.vni, node, mac: backend.mac.0, flags, service: 0 })
}

/// Indices that backends keep. One that a ring of earlier names is given to no other while conversations
/// may be the one's whose it was.
fn backend_indices(live: &BTreeMap<Place, Live<'_>>, observed: &Tables, room: u32) -> BTreeMap<Place, u32> {
    let vips: BTreeMap<u32, Ipv4> = observed.services_v4.iter().map(|(vip, s)| (s.number, *vip)).collect();
    let place =
        |(index, entry): (&u32, &Entry)| Some(((*vips.get(&entry.service)?, entry.node, entry.addr), *index));
    let held = observed.backends.iter().filter_map(place).collect();
    let named = ingress::named_by_earlier_rings(observed);
    let resting = |index| observed.backends.contains_key(&index) || named.contains(&index);
    stable::numbers(live.keys().copied(), &held, resting, 1..room)
}

/// Those that take new conversations: all of them, and this node's own; in the order of their ids.
fn contenders(
    service: &Service,
    vip: Ipv4,
    live: &BTreeMap<Place, Live<'_>>,
    indices: &BTreeMap<Place, u32>,
) -> (Vec<Contender>, Vec<Contender>) {
    let (first, last) = ((vip, 0, [0; 4]), (vip, u32::MAX, [255; 4]));
    let of_service = live.range(first..=last).filter(|(_, live)| live.entry.flags == ACTIVE);
    let mut all = Vec::new();
    for (place, live) in of_service {
        let Some(index) = indices.get(place).and_then(|index| u16::try_from(*index).ok()) else { continue };
        let id = live.backend.container.clone();
        let weight = service.weights.get(&id).copied().unwrap_or(1).max(1);
        all.push((live.entry.node, Contender { id, weight, index }));
    }
    all.sort_by(|(_, a), (_, b)| a.cmp(b));
    let local = all.iter().filter(|(node, _)| *node == LOCAL).map(|(_, c)| c.clone()).collect();
    (all.into_iter().map(|(_, contender)| contender).collect(), local)
}

fn flags(service: &Service) -> u16 {
    let set = |flag, is_set| if is_set { flag } else { 0 };
    set(RANDOM, service.balance == Balance::Random)
        | set(LOCAL_FIRST, service.local_first)
        | set(AFFINITY, service.affinity_seconds.is_some())
}
