//! Just enough of BTF to read structs and enumerations (Documentation/bpf/btf.rst): a header, then
//! types one after the other, then the strings that they refer to.

use std::collections::{BTreeMap, BTreeSet};

use object::{Object, ObjectSection};

const STRUCT: u32 = 4;
const ENUM: u32 = 6;

/// A struct: its size and where its fields begin, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) name: String,
    pub(crate) size: usize,
    pub(crate) fields: Vec<(String, usize)>,
}

/// The structs and enumerations of an object.
#[derive(Debug, Default)]
pub(crate) struct Btf {
    structs: BTreeMap<String, Layout>,
    enums: BTreeMap<String, BTreeSet<(String, u32)>>,
}

/// The section's words and strings.
struct Raw<'a> {
    types: &'a [u8],
    strings: &'a [u8],
}

impl Raw<'_> {
    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.types[at..at + 4].try_into().expect("four bytes"))
    }

    fn string(&self, offset: u32) -> String {
        let tail = self.strings[offset as usize..].split(|byte| *byte == 0).next();
        String::from_utf8_lossy(tail.unwrap_or_default()).into_owned()
    }
}

impl Btf {
    /// Reads the section `.BTF` of an object.
    pub(crate) fn parse(object: &[u8]) -> Self {
        let file = object::File::parse(object).expect("an ELF object");
        let section = file.section_by_name(".BTF").expect("the object has BTF");
        let data = section.data().expect("the section is in the file");
        let header =
            |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes")) as usize;
        let (length, types, types_len, strings) = (header(4), header(8), header(12), header(16));
        let types = &data[length + types..length + types + types_len];
        let mut btf = Self::default();
        btf.read(&Raw { types, strings: &data[length + strings..] });
        btf
    }

    fn read(&mut self, raw: &Raw<'_>) {
        let mut at = 0;
        while at < raw.types.len() {
            let (name, info, size) = (raw.string(raw.word(at)), raw.word(at + 4), raw.word(at + 8) as usize);
            let (kind, members) = (info >> 24 & 0x1f, info as usize & 0xffff);
            let tail = at + 12;
            match kind {
                STRUCT => drop(self.structs.insert(name.clone(), layout(raw, name, size, tail, members))),
                ENUM => drop(self.enums.insert(name, values(raw, tail, members))),
                _ => {}
            }
            at = tail + tail_len(kind, members);
        }
    }

    pub(crate) fn layout(&self, name: &str) -> Option<&Layout> {
        self.structs.get(name)
    }

    pub(crate) fn enumeration(&self, name: &str) -> Option<&BTreeSet<(String, u32)>> {
        self.enums.get(name)
    }
}

/// Bytes that follow the first twelve of a type.
fn tail_len(kind: u32, members: usize) -> usize {
    match kind {
        1 | 14 | 17 => 4,
        3 => 12,
        STRUCT | 5 | 15 | 19 => 12 * members,
        ENUM | 13 => 8 * members,
        _ => 0,
    }
}

fn layout(raw: &Raw<'_>, name: String, size: usize, tail: usize, members: usize) -> Layout {
    let field = |index| {
        let at = tail + 12 * index;
        (raw.string(raw.word(at)), raw.word(at + 8) as usize / 8)
    };
    Layout { name, size, fields: (0..members).map(field).collect() }
}

fn values(raw: &Raw<'_>, tail: usize, members: usize) -> BTreeSet<(String, u32)> {
    let value = |index| {
        let at = tail + 8 * index;
        (raw.string(raw.word(at)), raw.word(at + 4))
    };
    (0..members).map(value).collect()
}
