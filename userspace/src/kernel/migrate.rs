//! What programs of an earlier layout left, carried into this one: nothing is forgotten, and no link is without
//! a program meanwhile.
//!
//! ```text
//!   v4/maps/<MAP>      a map that is kept gets a second pin, below v5; the others are made anew
//!   v4/links/<link>    likewise; then this build's programs are loaded and put into all links
//!   v4/maps/<MAP>      what is made anew takes over from its former self, to which nobody writes any more
//!   v4                 goes last: as long as it is there, the next start does all of this once more
//! ```
//!
//! Each step may be done twice: pins that are there stay, and what is taken over is set, not added.

use std::{fs, io, path::Path};

use aya::maps::{MapData, PerCpuArray, PerCpuValues};
use causeway_common::{limits::COUNTED, names};

use super::{Dataplane, KernelError, Options, pins, shape, tables::failed};

/// What becomes of a map.
#[derive(Clone, Copy)]
enum Fate {
    /// It is as this build's programs take it.
    Keep,
    /// It is made anew, and this takes over what is in it.
    Convert(fn(&mut Dataplane, &'static str, MapData) -> Result<(), KernelError>),
}

/// A layout whose maps can be carried over. A map that [`names::MAPS`] does not name any more is not.
#[derive(Clone, Copy)]
pub(super) struct Earlier {
    layout: &'static str,
    fate: fn(&str) -> Fate,
}

/// The layouts that this build knows, besides its own.
const EARLIER: &[Earlier] = &[Earlier { layout: "v4", fate: of_v4 }];

/// Counters had as many entries as there were reasons and roads.
fn of_v4(map: &str) -> Fate {
    match map {
        names::DROPS | names::COUNTERS => Fate::Convert(add_up),
        _ => Fate::Keep,
    }
}

/// The earlier layout that there are pins of, if any.
///
/// # Errors
/// [`KernelError::OtherLayout`] where a layout is none that is known: its programs may still run.
pub(super) fn find(bpf_dir: &Path) -> Result<Option<Earlier>, KernelError> {
    let mut earlier = None;
    for found in pins::layouts(bpf_dir).into_iter().filter(|found| found != names::LAYOUT) {
        earlier = EARLIER.iter().find(|known| known.layout == found).copied();
        if earlier.is_none() {
            return Err(KernelError::OtherLayout { bpf_dir: bpf_dir.to_owned(), found });
        }
    }
    Ok(earlier)
}

impl Earlier {
    /// Refuses maps that would be kept, and are not as this build takes them.
    ///
    /// # Errors
    /// As for [`shape::check`].
    pub(super) fn check(&self, options: &Options) -> Result<(), KernelError> {
        let maps = options.bpf_dir.join(self.layout).join("maps");
        shape::check(&maps, names::MAPS.iter().filter(|map| self.keeps(map)), options)
    }

    fn keeps(&self, map: &str) -> bool {
        matches!((self.fate)(map), Fate::Keep)
    }

    /// Gives what is kept its pins in this layout, beside those that it has.
    ///
    /// # Errors
    /// [`KernelError::Pin`] where that fails.
    pub(super) fn begin(&self, bpf_dir: &Path) -> Result<(), KernelError> {
        tracing::info!(layout = self.layout, "the dataplane is an earlier build's; it is carried over");
        let from = bpf_dir.join(self.layout);
        for map in names::MAPS.iter().filter(|map| self.keeps(map)) {
            link(&from.join("maps").join(map), &pins::maps(bpf_dir).join(map))?;
        }
        for name in pins::list(&from.join("links"))? {
            link(&from.join("links").join(&name), &pins::links(bpf_dir).join(&name))?;
        }
        Ok(())
    }

    /// Takes over what is in the maps that were made anew, and forgets the earlier layout. No link may run its
    /// programs any more.
    ///
    /// # Errors
    /// Where a map cannot be read or written, or a pin not be removed.
    pub(super) fn finish(&self, dataplane: &mut Dataplane) -> Result<(), KernelError> {
        let from = dataplane.bpf_dir.join(self.layout);
        for map in names::MAPS {
            let pin = from.join("maps").join(map);
            if let (Fate::Convert(convert), true) = ((self.fate)(map), pin.exists()) {
                convert(dataplane, map, MapData::from_pin(pin).map_err(|error| failed(map, error))?)?;
            }
        }
        fs::remove_dir_all(&from).map_err(|source| KernelError::Pin { path: from, source })
    }
}

/// A second name for a pin; one that is gone, or has it already, is no error.
fn link(from: &Path, to: &Path) -> Result<(), KernelError> {
    match fs::hard_link(from, to) {
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {
            Ok(())
        }
        linked => linked.map_err(|source| KernelError::Pin { path: to.to_owned(), source }),
    }
}

/// What earlier programs have counted, beyond what this build's programs count: no program writes there, so
/// none is between the reading and the writing.
fn add_up(dataplane: &mut Dataplane, map: &'static str, from: MapData) -> Result<(), KernelError> {
    let error = |e| failed(map, e);
    let entries = from.info().map_err(error)?.max_entries().min(COUNTED);
    let from = aya::maps::Map::from_map_data(from).map_err(error)?;
    let from: PerCpuArray<MapData, u64> = from.try_into().map_err(error)?;
    let mut to: PerCpuArray<&mut MapData, u64> = dataplane.map_mut(map)?.try_into().map_err(error)?;
    for entry in 0..entries {
        let counted: PerCpuValues<u64> = from.get(&entry, 0).map_err(error)?;
        to.set(COUNTED + entry, counted, 0).map_err(error)?;
    }
    Ok(())
}
