//! What the kernel says of the programs and maps that it holds.

use aya::maps::{Map, MapData};

use super::{Dataplane, KernelError};

/// What the kernel says of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFacts {
    /// Its number, which no other program has had since the machine started.
    pub id: u32,
    /// Its name; at most 15 characters.
    pub name: String,
    /// Instructions that the verifier walked through, each as often as it did.
    pub verified_instructions: u32,
    /// Size of the program in the kernel, in bytes of eBPF (8 an instruction).
    pub bytes: u32,
}

/// What the kernel says of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapFacts {
    /// Its name; at most 15 characters.
    pub name: String,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// The most entries that it takes.
    pub max_entries: u32,
}

impl Dataplane {
    /// What the kernel says of a program, by [`super::Hook::name`], [`causeway_common::Road::name`] or
    /// from [`super::SOCKET_HOOKS`].
    ///
    /// # Errors
    /// [`KernelError::Program`] where the kernel says nothing.
    pub fn program_facts(&self, name: &str) -> Result<ProgramFacts, KernelError> {
        let info = self.any_program(name)?.info()?;
        Ok(ProgramFacts {
            id: info.id(),
            name: info.name_as_str().unwrap_or_default().to_owned(),
            verified_instructions: info.verified_instruction_count().unwrap_or_default(),
            bytes: info.size_translated().unwrap_or_default(),
        })
    }

    /// What the kernel says of a map.
    ///
    /// # Errors
    /// [`KernelError::Info`] where the kernel says nothing.
    pub fn map_facts(&self, name: &str) -> Result<MapFacts, KernelError> {
        let info =
            self.data(name)?.info().map_err(|source| KernelError::Info { map: name.to_owned(), source })?;
        Ok(MapFacts {
            name: info.name_as_str().unwrap_or_default().to_owned(),
            key_size: info.key_size(),
            value_size: info.value_size(),
            max_entries: info.max_entries(),
        })
    }

    /// A map, whatever its type.
    pub(super) fn data(&self, name: &str) -> Result<&MapData, KernelError> {
        match self.map(name)? {
            Map::HashMap(data)
            | Map::LruHashMap(data)
            | Map::LpmTrie(data)
            | Map::Array(data)
            | Map::PerCpuArray(data)
            | Map::ProgramArray(data) => Ok(data),
            _ => Err(KernelError::Missing(format!("map {name} of a known type"))),
        }
    }
}
