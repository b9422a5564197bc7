//! Loading: the embedded object becomes programs and maps in the kernel, unless they are there.

use std::{
    collections::BTreeMap,
    fs, io,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    sync::atomic::AtomicU32,
};

use aya::{
    Ebpf, EbpfLoader,
    maps::{Map, MapData},
    programs::Program,
};
use causeway_common::{RingBlock, limits::INGRESS_SPARE, names};

use super::{
    KernelError, OBJECT, Options, front::Front, ingress_ports::IngressPorts, memory::Window, migrate, pins,
    preflight, programs, programs::Programs, shape, tables::failed, version::version,
};
use crate::model::Sizes;

/// The loaded dataplane. Dropping it leaves everything in the kernel: maps, programs and links are pinned.
#[derive(Debug)]
pub struct Dataplane {
    pub(super) maps: BTreeMap<&'static str, Map>,
    pub(super) programs: Programs,
    pub(super) ingress_ports: IngressPorts,
    pub(super) front: Front,
    pub(super) bpf_dir: PathBuf,
    version: String,
    options: Options,
}

impl Dataplane {
    /// Takes over what an earlier run left: maps with their content, and programs where they are of this version.
    /// Else those are loaded, and every road and every pinned link is moved to the new one in place: no packet
    /// finds none. Links whose interface is gone are removed. What a known earlier layout left is carried over.
    ///
    /// # Errors
    /// Whatever [`preflight()`] finds; pins of an unknown layout; an object that the kernel refuses; maps of
    /// another shape.
    pub fn open(options: &Options) -> Result<Self, KernelError> {
        preflight(&options.bpf_dir)?;
        let earlier = migrate::find(&options.bpf_dir)?;
        shape::check(&pins::maps(&options.bpf_dir), names::MAPS.iter(), options)?;
        earlier.as_ref().map_or(Ok(()), |earlier| earlier.check(options))?;
        pins::create(&options.bpf_dir)?;
        earlier.as_ref().map_or(Ok(()), |earlier| earlier.begin(&options.bpf_dir))?;
        let mut dataplane = Self::kept_or_loaded(options)?;
        // Whoever has written there last may have known nothing of it.
        dataplane.sync_ingress_ports()?;
        dataplane.check_front()?;
        dataplane.adopt_all()?;
        pins::remove_other_versions(&options.bpf_dir, &dataplane.version)?;
        earlier.map_or(Ok(()), |earlier| earlier.finish(&mut dataplane))?;
        Ok(dataplane)
    }

    /// Has every packet and every call meet the programs of this version, wherever it does not yet.
    fn adopt_all(&mut self) -> Result<(), KernelError> {
        self.open_roads()?;
        self.adopt_links()?;
        self.adopt_los()?;
        self.adopt_xdp()?;
        self.adopt_sockets()
    }

    fn kept_or_loaded(options: &Options) -> Result<Self, KernelError> {
        let version = version(options);
        if let Some(kept) = Self::kept(options, &version)? {
            return Ok(kept);
        }
        load(options, &version)?;
        Self::kept(options, &version)?.ok_or_else(|| KernelError::Missing("program of some name".to_owned()))
    }

    /// What is pinned of this version; `None` where something is missing.
    fn kept(options: &Options, version: &str) -> Result<Option<Self>, KernelError> {
        let directory = pins::maps(&options.bpf_dir);
        if !names::MAPS.iter().all(|map| directory.join(map).exists()) {
            return Ok(None);
        }
        let Some(programs) = programs::open_all(&pins::programs(&options.bpf_dir, version))? else {
            return Ok(None);
        };
        let open = |name: &&'static str| {
            let data = MapData::from_pin(directory.join(name)).and_then(Map::from_map_data);
            Ok((*name, data.map_err(|error| failed(name, error))?))
        };
        let maps: BTreeMap<_, _> = names::MAPS.iter().map(open).collect::<Result<_, KernelError>>()?;
        let front = Front::open(|name, words| memory(&maps, name, words))?;
        Ok(Some(Self {
            front,
            maps,
            programs,
            ingress_ports: IngressPorts::default(),
            bpf_dir: options.bpf_dir.clone(),
            version: version.to_owned(),
            options: options.clone(),
        }))
    }

    /// Pins the maps whose pins somebody has removed: with the daemon they would end. Their names.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where one cannot be pinned.
    pub fn pin_again(&self) -> Result<Vec<&'static str>, KernelError> {
        let directory = pins::maps(&self.bpf_dir);
        let without = self.maps.iter().filter(|(name, _)| !directory.join(name).exists());
        let pin = |(name, map): (&&'static str, &Map)| {
            let path = directory.join(name);
            let pinned = map.pin(&path);
            pinned.map_err(|error| KernelError::Pin { path, source: io::Error::other(error) })?;
            Ok(*name)
        };
        without.map(pin).collect()
    }

    /// Loads one more program of this version, which not every node has and not every kernel takes.
    pub(super) fn load_also(&mut self, name: &'static str) -> Result<(), KernelError> {
        if self.programs.contains_key(name) {
            return Ok(());
        }
        let directory = pins::programs(&self.bpf_dir, &self.version);
        pin(&mut relocated(&self.options)?, name, &directory)?;
        self.programs.insert(name, programs::open(&directory, name)?);
        Ok(())
    }
}

/// The first words of a map's memory.
fn memory(
    maps: &BTreeMap<&'static str, Map>,
    map: &'static str,
    words: usize,
) -> Result<Window<AtomicU32>, KernelError> {
    let Some(Map::Array(data)) = maps.get(map) else {
        return Err(KernelError::Missing(format!("map {map}")));
    };
    let window = Window::open(data.fd().as_fd(), 0, words, libc::PROT_READ | libc::PROT_WRITE);
    window.map_err(|source| KernelError::Batch { map, source })
}

/// The maps whose size a configuration chooses.
pub(super) fn sizes(sizes: &Sizes) -> [(&'static str, u32); 11] {
    [
        (names::ENDPOINTS_V4, sizes.endpoints),
        (names::ATTACHMENTS, sizes.attachments),
        (names::FLOWS_V4, sizes.flows),
        (names::FLOWS_NEW_V4, sizes.new_flows),
        (names::SERVICES_V4, sizes.services),
        (names::BACKENDS, sizes.backends),
        (names::RINGS, sizes.ring_slots / RingBlock::SLOTS),
        (names::INGRESS, sizes.ingress_ports),
        (names::INGRESS_SLOTS, sizes.ingress_ports.saturating_add(INGRESS_SPARE)),
        (names::TRACKED_V4, sizes.tracked),
        (names::AFFINITIES_V4, sizes.affinities),
    ]
}

/// Makes the maps that are not there, and hands each program to the verifier. The version has its name when the
/// last of them is pinned.
fn load(options: &Options, version: &str) -> Result<(), KernelError> {
    // Programs that are kept are those of the pinned maps: before a map can be another, no program has the name.
    let named = pins::programs(&options.bpf_dir, version);
    let loading = pins::programs(&options.bpf_dir, pins::LOADING);
    pins::remove_all(&named)?;
    pins::remove_all(&loading)?;
    let failed = |source| KernelError::Pin { path: loading.clone(), source };
    fs::create_dir_all(&loading).map_err(failed)?;
    let mut ebpf = relocated(options)?;
    programs::names().try_for_each(|name| pin(&mut ebpf, name, &loading))?;
    fs::rename(&loading, &named).map_err(failed)
}

/// Loads a program and pins it.
fn pin(ebpf: &mut Ebpf, name: &str, directory: &Path) -> Result<(), KernelError> {
    let missing = || KernelError::Missing(format!("program {name}"));
    let program = ebpf.program_mut(name).ok_or_else(missing)?;
    match program {
        Program::SchedClassifier(program) => program.load()?,
        Program::CgroupSockAddr(program) => program.load()?,
        Program::Xdp(program) => program.load()?,
        _ => return Err(missing()),
    }
    let path = directory.join(name);
    program.pin(&path).map_err(|error| KernelError::Pin { path, source: io::Error::other(error) })
}

/// Creates or opens the maps and relocates the programs.
fn relocated(options: &Options) -> Result<Ebpf, KernelError> {
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
