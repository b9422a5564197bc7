//! How long the dataplane's tables take to hold what they should: a million endpoints at once; and one service's
//! change of a backend, with the largest ring that there is.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use causeway::{
    kernel::{Dataplane, Options},
    plan::{Step, Tables, diff},
};
use causeway_common::{
    Backend, Endpoint, EndpointKey, Ingress, IngressKey, Service, limits::MAX_RING, service::ACTIVE,
};
use causeway_tests::dataplane::{BpfDir, local, world};
use clap::Args;
use serde_json::json;

/// Endpoints that are entered at once.
const ENDPOINTS: u32 = 1_000_000;
/// Backends of the service: as many as make its ring the largest.
const BACKENDS: u32 = 100;
/// Changes of a round: enough that one in a hundred of them is several.
const CHANGES: u32 = 500;
/// The service.
const VIP: [u8; 4] = [10, 255, 0, 1];

/// Fill the dataplane's tables.
#[derive(Args)]
pub(crate) struct Fill {
    /// How often.
    #[arg(long)]
    rounds: usize,
}

impl Fill {
    pub(crate) fn run(self) -> Result<()> {
        let ground = local::ground(&format!("cwb-tables-{}", std::process::id()))?;
        let figures = ground.run(|| self.figures())??;
        println!("{figures}");
        Ok(())
    }

    fn figures(&self) -> Result<serde_json::Value> {
        let (mut filled, mut medians, mut late) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..self.rounds {
            eprintln!("bench: tables, round {} of {}", round + 1, self.rounds);
            filled.push(fill()?);
            let mut times = changes()?;
            times.sort_by(f64::total_cmp);
            medians.push(times[times.len() / 2]);
            late.push(times[times.len() * 99 / 100]);
        }
        Ok(json!({"filled_s": filled, "change_p50_ms": medians, "change_p99_ms": late}))
    }
}

/// A dataplane of its own, with room for that many endpoints.
fn with_room(endpoints: u32) -> Result<(Dataplane, BpfDir)> {
    let bpf_dir = BpfDir::new();
    let mut options = Options::new(bpf_dir.path(), world::VTEP.into());
    options.sizes.endpoints = options.sizes.endpoints.max(endpoints);
    Ok((Dataplane::open(&options)?, bpf_dir))
}

/// Seconds that a million endpoints take, from the list of changes until they are in the kernel.
fn fill() -> Result<f64> {
    let (mut dataplane, _bpf_dir) = with_room(ENDPOINTS)?;
    let steps: Vec<Step> = (0..ENDPOINTS).map(endpoint).collect();
    let begun = Instant::now();
    dataplane.apply(&steps)?;
    let took = begun.elapsed().as_secs_f64();
    let held = dataplane.observe()?.endpoints_v4.len();
    ensure!(held == ENDPOINTS as usize, "of {ENDPOINTS} endpoints {held} are in the map");
    Ok(took)
}

fn endpoint(number: u32) -> Step {
    let [_, b, c, d] = number.to_be_bytes();
    let addr = [10, b, c, d];
    let value = Endpoint { mac: world::mac(addr), node: 1, vni: world::VNI, ..Endpoint::default() };
    Step::PutEndpoint(EndpointKey { vni: world::VNI, addr }, value)
}

/// Milliseconds that each change takes, from the tables as they should be until the kernel's are so: a backend is
/// gone and another there, which has its slots of the ring.
fn changes() -> Result<Vec<f64>> {
    let (mut dataplane, _bpf_dir) = with_room(0)?;
    let mut held = service(0);
    dataplane.apply(&diff(&held, &Tables::default()))?;
    let mut times = Vec::new();
    for number in 1..=CHANGES {
        let wanted = service(number);
        let begun = Instant::now();
        let steps = diff(&wanted, &held);
        dataplane.apply(&steps)?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        held = wanted;
    }
    let observed = dataplane.observe()?;
    let is_held = observed.rings == held.rings && observed.services_v4 == held.services_v4;
    ensure!(is_held && observed.backends == held.backends, "the tables are not as they should be");
    Ok(times)
}

/// The tables after so many changes: the ring lies in one place and another in turn, as a ring that is read is never
/// written.
fn service(changes: u32) -> Tables {
    let index = |slot: u32| {
        if slot % BACKENDS == changes % BACKENDS { BACKENDS + 1 + changes % 2 } else { 1 + slot % BACKENDS }
    };
    let slots: Arc<[u16]> =
        (0..MAX_RING).map(|slot| u16::try_from(index(slot)).unwrap_or_default()).collect();
    let indices = (0..BACKENDS).map(index);
    let first = changes % 2 * MAX_RING;
    let service = Service { network: 1, number: 1, ring: first, slots: MAX_RING, ..Service::default() };
    let port =
        Ingress { vip: VIP, number: 1, ring: first, slots: MAX_RING, port: [0, 80], ..Ingress::default() };
    let key = IngressKey { port: [0x1f, 0x90], protocol: local::TCP, reserved: 0 };
    Tables {
        backends: indices.map(|index| (index, backend(index))).collect(),
        rings: [(first, slots)].into(),
        services_v4: [(VIP, service)].into(),
        ingress: [(key, port)].into(),
        ..Tables::default()
    }
}

fn backend(index: u32) -> Backend {
    let [_, _, c, d] = index.to_be_bytes();
    let addr = [10, 5, c, d];
    Backend { addr, vni: world::VNI, node: 1, mac: world::mac(addr), flags: ACTIVE, service: 1 }
}
