//! Programs of an ELF, made ready as the loader does it, and what the kernel does for them.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context as _, Result, bail, ensure};
use aya_obj::{
    EbpfSectionKind, Function, Map,
    generated::{
        bpf_func_id, bpf_insn,
        bpf_map_type::{BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY},
    },
};

use super::{
    instruction::Instruction,
    machine::{Helpers, Machine},
    memory::{CONTEXT, FIRST_ADDED, Memory},
};

/// Instructions of one run, at most.
const LIMIT: u64 = 10_000_000;
/// The verdict of `bpf_redirect`.
const XDP_REDIRECT: u64 = 4;
/// What every clock shows: an hour after the node began, in nanoseconds and in jiffies of 250 a second.
const NOW: u64 = 3_600_000_000_000;
const JIFFIES: u64 = 900_000;

/// What maps hold at first. What a program writes stays until its run ends.
pub(crate) trait Tables {
    /// A value of an array, per CPU or not; `None`: it is zero, as in every new array.
    fn array(&self, map: &str, index: u32) -> Option<Vec<u8>>;

    /// A value of another map, by all bytes of its key; `None`: there is none.
    fn keyed(&self, _map: &str, _key: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// What a run came to.
pub(crate) struct Run {
    /// What the program returned.
    pub(crate) returned: u32,
    /// How often each of its instructions was executed, in the order in which it is linked: the program itself, then
    /// each function where it is first referred to. The second half of a wide load never is.
    pub(crate) visits: Vec<u64>,
}

impl Run {
    /// Instructions executed.
    pub(crate) fn executed(&self) -> u64 {
        self.visits.iter().sum()
    }
}

/// An ELF's programs, linked.
pub(crate) struct Object {
    object: aya_obj::Object,
    /// By the number that programs know each one by, less [`FIRST_ADDED`].
    maps: Vec<(String, Map)>,
}

impl Object {
    /// Reads an ELF and sets its globals.
    ///
    /// # Errors
    /// Where it is no object of programs, or has no such globals, of this size.
    pub(crate) fn read(elf: &[u8], globals: &[(&str, &[u8])]) -> Result<Self> {
        let mut object = aya_obj::Object::parse(elf)?;
        let globals: HashMap<_, _> = globals.iter().map(|(name, value)| (*name, (*value, true))).collect();
        object.patch_map_data(globals)?;
        // In the order of their names: what a run does must not depend on the order of a hash.
        let maps: BTreeMap<String, Map> = object.maps.drain().collect();
        let maps: Vec<_> = maps.into_iter().collect();
        let text: HashSet<usize> = object.functions.keys().map(|(section, _)| *section).collect();
        let numbers = i32::try_from(FIRST_ADDED)?..;
        let numbered = numbers.zip(&maps).map(|(number, (name, map))| (name.as_str(), number, map));
        object.relocate_maps(numbered, &text)?;
        object.relocate_calls(&text)?;
        Ok(Self { object, maps })
    }

    /// Runs an XDP program once on a frame that came in on an interface, in a new memory.
    ///
    /// # Errors
    /// Where there is no such program, and where it does what it must not, or what is not known here.
    #[expect(clippy::cast_possible_truncation, reason = "a verdict has 32 bits")]
    pub(crate) fn run(&self, name: &str, frame: &[u8], ifindex: u32, tables: &dyn Tables) -> Result<Run> {
        let function = self.function(name).with_context(|| format!("no program {name}"))?;
        let code: Vec<_> = function.instructions.iter().copied().map(instruction).collect();
        let mut memory = Memory::new(frame, ifindex);
        for (_, map) in &self.maps {
            memory.add(map.data().to_vec(), map.section_kind() == EbpfSectionKind::Rodata);
        }
        let mut kernel = Kernel { maps: &self.maps, tables, values: BTreeMap::new() };
        let machine = Machine::new(&code, memory, &mut kernel, LIMIT);
        let (returned, visits) = machine.run(CONTEXT).with_context(|| format!("program {name}"))?;
        Ok(Run { returned: returned as u32, visits })
    }

    fn function(&self, name: &str) -> Option<&Function> {
        self.object.functions.get(&self.object.programs.get(name)?.function_key())
    }
}

fn instruction(of: bpf_insn) -> Instruction {
    Instruction { code: of.code, dst: of.dst_reg(), src: of.src_reg(), off: of.off, imm: of.imm }
}

/// The kernel, as far as programs ask for it.
struct Kernel<'a> {
    maps: &'a [(String, Map)],
    tables: &'a dyn Tables,
    /// Addresses of values that were asked for, by the map's place and the key.
    values: BTreeMap<(usize, Vec<u8>), u64>,
}

impl Helpers for Kernel<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "a move has 32 bits")]
    fn help(&mut self, number: u32, [a, b, ..]: [u64; 5], memory: &mut Memory) -> Result<u64> {
        Ok(match number {
            LOOKUP => self.look_up(a, b, memory)?,
            KTIME | KTIME_BOOT | KTIME_COARSE | KTIME_TAI => NOW,
            JIFFIES64 => JIFFIES,
            CPU => 0,
            REDIRECT => XDP_REDIRECT,
            ADJUST_HEAD => {
                ensure!(a == CONTEXT, "a frame that is not this one is moved");
                if memory.adjust_head(b as i32) { 0 } else { EINVAL }
            }
            BUFF_LEN => memory.packet_len(),
            _ => bail!("helper {number} is not known"),
        })
    }
}

impl Kernel<'_> {
    /// `bpf_map_lookup_elem`: the value's address, or null.
    fn look_up(&mut self, map: u64, key: u64, memory: &mut Memory) -> Result<u64> {
        let place = usize::try_from((map >> 32).wrapping_sub(FIRST_ADDED))?;
        let (_, of) = self.maps.get(place).with_context(|| format!("no map at {map:#x}"))?;
        let key = memory.bytes(key, of.key_size() as usize)?.to_vec();
        if let Some(address) = self.values.get(&(place, key.clone())) {
            return Ok(*address);
        }
        let Some(value) = self.value(place, &key)? else { return Ok(0) };
        let address = memory.add(value, false);
        self.values.insert((place, key), address);
        Ok(address)
    }

    /// A value that nobody has asked for before.
    fn value(&self, place: usize, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let (name, of) = &self.maps[place];
        let size = of.value_size() as usize;
        let is_array = [BPF_MAP_TYPE_ARRAY as u32, BPF_MAP_TYPE_PERCPU_ARRAY as u32].contains(&of.map_type());
        let value = if is_array {
            let index = u32::from_le_bytes(key.try_into().context("an array's key has 4 bytes")?);
            let is_there = index < of.max_entries();
            is_there.then(|| self.tables.array(name, index).unwrap_or_else(|| vec![0; size]))
        } else {
            self.tables.keyed(name, key)
        };
        let fits = value.as_ref().is_none_or(|value| value.len() == size);
        ensure!(fits, "values of {name} have {size} bytes, and not {:?}", value.map(|value| value.len()));
        Ok(value)
    }
}

/// Refused by a helper.
const EINVAL: u64 = (-22_i64).cast_unsigned();

const LOOKUP: u32 = bpf_func_id::BPF_FUNC_map_lookup_elem as u32;
const KTIME: u32 = bpf_func_id::BPF_FUNC_ktime_get_ns as u32;
const KTIME_BOOT: u32 = bpf_func_id::BPF_FUNC_ktime_get_boot_ns as u32;
const KTIME_COARSE: u32 = bpf_func_id::BPF_FUNC_ktime_get_coarse_ns as u32;
const KTIME_TAI: u32 = bpf_func_id::BPF_FUNC_ktime_get_tai_ns as u32;
const JIFFIES64: u32 = bpf_func_id::BPF_FUNC_jiffies64 as u32;
const CPU: u32 = bpf_func_id::BPF_FUNC_get_smp_processor_id as u32;
const REDIRECT: u32 = bpf_func_id::BPF_FUNC_redirect as u32;
const ADJUST_HEAD: u32 = bpf_func_id::BPF_FUNC_xdp_adjust_head as u32;
const BUFF_LEN: u32 = bpf_func_id::BPF_FUNC_xdp_get_buff_len as u32;
