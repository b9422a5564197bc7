//! The running kernel's own description of its types (Documentation/bpf/btf.rst): where fields begin, and the names
//! of an enumeration's values.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result};

const FILE: &str = "/sys/kernel/btf/vmlinux";
/// Kinds of types.
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;

/// All types, each by where it begins.
pub(super) struct Btf {
    data: Vec<u8>,
    types: Vec<usize>,
    strings: usize,
}

impl Btf {
    /// Reads the running kernel's.
    pub(super) fn of_kernel() -> Result<Self> {
        let data = fs::read(FILE).with_context(|| FILE.to_owned())?;
        let header = |at| word(&data, at) as usize;
        let (begin, end) = (header(4) + header(8), header(4) + header(8) + header(12));
        let strings = header(4) + header(16);
        // Type 0 is `void`, which stands nowhere.
        let (mut types, mut at) = (vec![0], begin);
        while at < end {
            types.push(at);
            at += 12 + tail(kind(&data, at), members(&data, at));
        }
        Ok(Self { data, types, strings })
    }

    /// Where a field of a struct begins, bytes; in structs and unions without names, too.
    pub(super) fn offset(&self, of: &str, field: &str) -> Result<u32> {
        let mut structs = self.types[1..].iter().filter(|at| self.is(**at, STRUCT, of));
        let found = structs.find_map(|at| self.field(*at, field));
        found.map(|bits| bits / 8).with_context(|| format!("this kernel's {of} has no {field}"))
    }

    /// The values of an enumeration.
    pub(super) fn values(&self, of: &str) -> Result<BTreeMap<u32, String>> {
        let found = self.types[1..].iter().find(|at| self.is(**at, ENUM, of));
        let at = *found.with_context(|| format!("this kernel has no {of}"))? + 12;
        let value = |index| {
            let at = at + 8 * index;
            (word(&self.data, at + 4), self.string(word(&self.data, at)))
        };
        Ok((0..members(&self.data, at - 12)).map(value).collect())
    }

    fn is(&self, at: usize, wanted: u32, name: &str) -> bool {
        kind(&self.data, at) == wanted && self.string(word(&self.data, at)) == name
    }

    /// In bits.
    fn field(&self, at: usize, wanted: &str) -> Option<u32> {
        (0..members(&self.data, at)).find_map(|index| {
            let at = at + 12 + 12 * index;
            let name = self.string(word(&self.data, at));
            // The upper eight bits are a bit field's width.
            let offset = word(&self.data, at + 8) & 0x00ff_ffff;
            if name == wanted {
                return Some(offset);
            }
            let inner = self.types.get(word(&self.data, at + 4) as usize).filter(|_| name.is_empty())?;
            let nested = [STRUCT, UNION].contains(&kind(&self.data, *inner));
            nested.then(|| self.field(*inner, wanted))?.map(|further| offset + further)
        })
    }

    fn string(&self, offset: u32) -> String {
        let tail = self.data[self.strings + offset as usize..].split(|byte| *byte == 0).next();
        String::from_utf8_lossy(tail.unwrap_or_default()).into_owned()
    }
}

fn word(data: &[u8], at: usize) -> u32 {
    data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes)
}

fn kind(data: &[u8], at: usize) -> u32 {
    word(data, at + 4) >> 24 & 0x1f
}

fn members(data: &[u8], at: usize) -> usize {
    word(data, at + 4) as usize & 0xffff
}

/// Bytes that follow the first twelve of a type.
fn tail(kind: u32, members: usize) -> usize {
    match kind {
        1 | 14 | 17 => 4,
        3 => 12,
        STRUCT | UNION | 15 | 19 => 12 * members,
        ENUM | 13 => 8 * members,
        _ => 0,
    }
}
