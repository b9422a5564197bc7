//! Many entries of a map read with one call of the kernel (`BPF_MAP_LOOKUP_BATCH`, bpf(2)), and the
//! attributes of all such calls; aya has them not.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use aya::Pod;

use super::{Dataplane, KernelError};

/// Entries a call. A bucket is read whole or not at all; none has more than this.
pub(super) const ENTRIES: u32 = 4096;
const LOOKUP_BATCH: libc::c_long = 24;

/// The part of `union bpf_attr` that batches use.
#[repr(C)]
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) in_batch: u64,
    pub(super) out_batch: u64,
    pub(super) keys: u64,
    pub(super) values: u64,
    pub(super) count: u32,
    pub(super) map_fd: u32,
    pub(super) elem_flags: u64,
    pub(super) flags: u64,
}

/// How far a map has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    bucket: u32,
    begun: bool,
    /// All of it has been read.
    pub(super) over: bool,
}

impl Position {
    /// Whether some of it has been read.
    pub(super) const fn is_begun(&self) -> bool {
        self.begun
    }
}

impl Dataplane {
    /// All entries of a map, in no order. What is entered or removed meanwhile may be there or not.
    pub(super) fn entries_of<K: Pod, V: Pod>(&self, name: &'static str) -> Result<Vec<(K, V)>, KernelError> {
        let (mut found, mut position) = (Vec::new(), Position::default());
        while !position.over {
            found.append(&mut self.entries_from(name, &mut position)?);
        }
        Ok(found)
    }

    /// The next ones, up to [`ENTRIES`] of them.
    pub(super) fn entries_from<K: Pod, V: Pod>(
        &self,
        name: &'static str,
        position: &mut Position,
    ) -> Result<Vec<(K, V)>, KernelError> {
        read(self.data(name)?.fd().as_fd(), position)
            .map_err(|source| KernelError::Batch { map: name, source })
    }
}

fn read<K: Pod, V: Pod>(map: BorrowedFd<'_>, position: &mut Position) -> io::Result<Vec<(K, V)>> {
    let mut keys: Vec<K> = Vec::with_capacity(ENTRIES as usize);
    let mut values: Vec<V> = Vec::with_capacity(ENTRIES as usize);
    let mut attributes = Attributes {
        in_batch: if position.begun { (&raw const position.bucket) as u64 } else { 0 },
        out_batch: (&raw mut position.bucket) as u64,
        keys: keys.as_mut_ptr() as u64,
        values: values.as_mut_ptr() as u64,
        count: ENTRIES,
        ..Attributes::on(map)
    };
    let result = call(LOOKUP_BATCH, &mut attributes);
    let count = if is_usable(&result) { attributes.count as usize } else { 0 };
    // SAFETY: the kernel wrote `count` keys and values, at most as many as there is room for; any
    // bytes are a `Pod`.
    unsafe {
        keys.set_len(count);
        values.set_len(count);
    }
    (position.begun, position.over) = (true, result.is_err());
    match result {
        Err(error) if error.raw_os_error() != Some(libc::ENOENT) => Err(error),
        _ => Ok(keys.into_iter().zip(values).collect()),
    }
}

/// Whether the entries are there: at the map's end the kernel says `ENOENT` and gives the last ones.
fn is_usable(result: &io::Result<()>) -> bool {
    match result {
        Ok(()) => true,
        Err(error) => error.raw_os_error() == Some(libc::ENOENT),
    }
}

impl Attributes {
    /// Of a call about `map`.
    pub(super) fn on(map: BorrowedFd<'_>) -> Self {
        Self { map_fd: map.as_raw_fd().cast_unsigned(), ..Self::default() }
    }
}

/// One call of bpf(2). Where the attributes name memory, it has room for `count` keys and values of the
/// map's sizes.
pub(super) fn call(command: libc::c_long, attributes: &mut Attributes) -> io::Result<()> {
    let size = size_of::<Attributes>();
    // SAFETY: the attributes are as long as is said, and name room for `count` keys and values.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut *attributes, size) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
