//! The shapes of maps: a pinned map that is not as this build's programs take it is refused before anything is
//! loaded. The kernel would let them have it, and they would read it as what it is not.

use std::{collections::BTreeMap, fmt, path::Path};

use aya::maps::{MapData, MapType};
use aya_obj::Object;
use causeway_common::names;

use super::{KernelError, OBJECT, Options, load::sizes};

/// What kind of map it is, and of which sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    kind: Option<MapType>,
    key: u32,
    value: u32,
    entries: u32,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, entries, .. } = self;
        match self.kind {
            Some(kind) => write!(f, "{kind:?}")?,
            None => f.write_str("of unknown type")?,
        }
        write!(f, ", {entries} entries of {key} + {value} bytes")
    }
}

/// Refuses pinned maps in a directory that are of another shape than this build's; of those that are not there,
/// nothing is said.
///
/// # Errors
/// [`KernelError::OtherSize`] where the configuration's sizes differ, [`KernelError::OtherShape`] where more does.
pub(super) fn check<'a>(
    directory: &Path,
    maps: impl Iterator<Item = &'a &'static str>,
    options: &Options,
) -> Result<(), KernelError> {
    let wanted = wanted(options)?;
    for map in maps {
        let pin = directory.join(map);
        if let (true, Some(wanted)) = (pin.exists(), wanted.get(map)) {
            compare(map, pinned(map, &pin)?, *wanted, options)?;
        }
    }
    Ok(())
}

/// What this build makes of each map.
fn wanted(options: &Options) -> Result<BTreeMap<&'static str, Shape>, KernelError> {
    let object = Object::parse(OBJECT).map_err(|error| KernelError::Load(error.into()))?;
    let of = |name: &&'static str| Some((*name, of_object(object.maps.get(*name)?)));
    let mut shapes: BTreeMap<_, _> = names::MAPS.iter().filter_map(of).collect();
    for (map, entries) in sizes(&options.sizes) {
        shapes.entry(map).and_modify(|shape| shape.entries = entries);
    }
    Ok(shapes)
}

fn of_object(map: &aya_obj::Map) -> Shape {
    let kind = map
        .map_type()
        .try_into()
        .ok()
        .and_then(|kind: aya_obj::generated::bpf_map_type| kind.try_into().ok());
    Shape { kind, key: map.key_size(), value: map.value_size(), entries: map.max_entries() }
}

/// What a pinned map is.
fn pinned(map: &str, pin: &Path) -> Result<Shape, KernelError> {
    let failed = |source| KernelError::Info { map: map.to_owned(), source };
    let info = MapData::from_pin(pin).and_then(|map| map.info()).map_err(failed)?;
    let (key, value, entries) = (info.key_size(), info.value_size(), info.max_entries());
    Ok(Shape { kind: info.map_type().ok(), key, value, entries })
}

fn compare(map: &str, pinned: Shape, wanted: Shape, options: &Options) -> Result<(), KernelError> {
    let (map, bpf_dir) = (map.to_owned(), options.bpf_dir.clone());
    let is_configured = sizes(&options.sizes).iter().any(|(name, _)| *name == map);
    if pinned == wanted {
        Ok(())
    } else if is_configured && pinned == (Shape { entries: pinned.entries, ..wanted }) {
        Err(KernelError::OtherSize { map, bpf_dir, pinned: pinned.entries, wanted: wanted.entries })
    } else {
        Err(KernelError::OtherShape { map, bpf_dir, pinned, wanted })
    }
}
