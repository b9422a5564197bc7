//! Loading: the embedded object becomes programs and maps in the kernel.

use std::{collections::BTreeSet, path::PathBuf};

use aya::{Ebpf, EbpfLoader, programs::SchedClassifier};
use causeway_common::{RingBlock, Road, names};

use super::{Hook, KernelError, OBJECT, Options, WireMode, pins, preflight};
use crate::model::Sizes;

/// The loaded dataplane. Dropping it leaves everything in the kernel: maps and links are pinned.
#[derive(Debug)]
pub struct Dataplane {
    pub(super) ebpf: Ebpf,
    pub(super) bpf_dir: PathBuf,
}

impl Dataplane {
    /// Loads the programs. Pinned maps of an earlier run are taken over with their content, and
    /// every road and every pinned link is moved to the new program in place: no packet finds none.
    /// Links whose interface is gone are removed.
    ///
    /// # Errors
    /// Whatever [`preflight()`] finds; pins of another layout; an object that the kernel refuses; maps of another size.
    pub fn open(options: &Options) -> Result<Self, KernelError> {
        preflight(&options.bpf_dir)?;
        pins::check_layout(&options.bpf_dir)?;
        pins::create(&options.bpf_dir)?;
        let mut dataplane = Self { ebpf: load(options)?, bpf_dir: options.bpf_dir.clone() };
        dataplane.check_sizes(options)?;
        dataplane.load_programs()?;
        dataplane.open_roads()?;
        dataplane.adopt_links()?;
        dataplane.adopt_los()?;
        dataplane.adopt_xdp()?;
        Ok(dataplane)
    }

    /// Hands each program to the verifier.
    fn load_programs(&mut self) -> Result<(), KernelError> {
        for name in classifiers() {
            self.classifier(name)?.load()?;
        }
        for name in names::SOCKET_HOOKS {
            self.socket_program(name)?.load()?;
        }
        for mode in WireMode::ALL {
            self.xdp(mode)?.load()?;
        }
        Ok(())
    }

    /// The program of a hook.
    pub(super) fn program(&mut self, hook: Hook) -> Result<&mut SchedClassifier, KernelError> {
        self.classifier(hook.name())
    }

    /// The program of a hook or a road.
    pub(super) fn classifier(&mut self, name: &str) -> Result<&mut SchedClassifier, KernelError> {
        let missing = || KernelError::Missing(format!("program {name}"));
        Ok(self.ebpf.program_mut(name).ok_or_else(missing)?.try_into()?)
    }

    /// A pinned map keeps its size whatever is asked for now; that must be said, not ignored.
    fn check_sizes(&self, options: &Options) -> Result<(), KernelError> {
        for (map, wanted) in sizes(&options.sizes) {
            let pinned = self.capacity(map)?;
            if pinned != wanted {
                let bpf_dir = options.bpf_dir.clone();
                return Err(KernelError::OtherSize { map: map.to_owned(), bpf_dir, pinned, wanted });
            }
        }
        Ok(())
    }
}

/// The programs of hooks and roads, each once: one may be both.
fn classifiers() -> BTreeSet<&'static str> {
    Hook::ALL.iter().map(|hook| hook.name()).chain(Road::ALL.iter().map(|road| road.name())).collect()
}

/// The maps whose size a configuration chooses.
fn sizes(sizes: &Sizes) -> [(&'static str, u32); 10] {
    [
        (names::ENDPOINTS_V4, sizes.endpoints),
        (names::ATTACHMENTS, sizes.attachments),
        (names::FLOWS_V4, sizes.flows),
        (names::FLOWS_NEW_V4, sizes.new_flows),
        (names::SERVICES_V4, sizes.services),
        (names::BACKENDS, sizes.backends),
        (names::RINGS, sizes.ring_slots / RingBlock::SLOTS),
        (names::INGRESS, sizes.ingress_ports),
        (names::TRACKED_V4, sizes.tracked),
        (names::AFFINITIES_V4, sizes.affinities),
    ]
}

/// Creates or opens the maps and relocates the programs.
fn load(options: &Options) -> Result<Ebpf, KernelError> {
    let vtep = u32::from_ne_bytes(options.vtep.octets());
    let maps = pins::maps(&options.bpf_dir);
    let mut loader = EbpfLoader::new();
    loader.override_global(names::VXLAN_PORT, &options.vxlan_port, true);
    loader.override_global(names::VTEP, &vtep, true);
    for (map, entries) in sizes(&options.sizes) {
        loader.map_max_entries(map, entries);
    }
    for map in names::MAPS {
        loader.map_pin_path(map, maps.join(map));
    }
    Ok(loader.load(OBJECT)?)
}
