//! Changes of maps, gathered into runs: what follows one another in one map goes to the kernel at once.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use aya::Pod;

use super::{
    Dataplane, KernelError,
    batch::{Attributes, ENTRIES, call},
    runs::{Calls, Deed, Run},
};

const UPDATE_ELEM: libc::c_long = 2;
const DELETE_ELEM: libc::c_long = 3;
const UPDATE_BATCH: libc::c_long = 26;
const DELETE_BATCH: libc::c_long = 27;

/// Takes changes in their order. What it holds back is in the kernel after [`Writer::flush`].
pub(super) struct Writer<'d> {
    dataplane: &'d mut Dataplane,
    run: Option<Run>,
}

impl<'d> Writer<'d> {
    pub(super) const fn new(dataplane: &'d mut Dataplane) -> Self {
        Self { dataplane, run: None }
    }

    /// Enters an entry of a hash map or a trie, or fills a slot of an array.
    pub(super) fn put<K: Pod, V: Pod>(
        &mut self,
        map: &'static str,
        key: K,
        value: V,
    ) -> Result<(), KernelError> {
        self.add(map, &key, Some(&value))
    }

    /// Removes an entry; one that is not there is no error.
    pub(super) fn delete<K: Pod>(&mut self, map: &'static str, key: K) -> Result<(), KernelError> {
        self.add(map, &key, None::<&u32>)
    }

    fn add<K: Pod, V: Pod>(
        &mut self,
        map: &'static str,
        key: &K,
        value: Option<&V>,
    ) -> Result<(), KernelError> {
        let deed = if value.is_some() { Deed::Put } else { Deed::Delete };
        match &mut self.run {
            Some(run) if run.takes(map, deed) && run.len() < ENTRIES as usize => run.push(key, value),
            _ => {
                self.flush()?;
                self.run = Some(Run::of(map, key, value));
            }
        }
        Ok(())
    }

    /// Hands the kernel what was held back, and the dataplane to who writes by other means.
    ///
    /// # Errors
    /// [`KernelError::Full`] where a map takes no more; what came before is in it.
    pub(super) fn flush(&mut self) -> Result<&mut Dataplane, KernelError> {
        if let Some(run) = self.run.take() {
            self.dataplane.carry_out(&run)?;
        }
        Ok(self.dataplane)
    }
}

impl Dataplane {
    /// Enters one entry of a hash map.
    pub(super) fn put<K: Pod, V: Pod>(
        &mut self,
        map: &'static str,
        key: K,
        value: V,
    ) -> Result<(), KernelError> {
        self.carry_out(&Run::of(map, &key, Some(&value)))
    }

    /// Removes entries of a hash map; those that are gone already are no error.
    pub(super) fn remove_all<K: Pod>(&mut self, map: &'static str, keys: &[K]) -> Result<(), KernelError> {
        let mut writer = Writer::new(self);
        keys.iter().try_for_each(|key| writer.delete(map, *key))?;
        writer.flush().map(drop)
    }

    fn carry_out(&self, run: &Run) -> Result<(), KernelError> {
        let map = run.map;
        let facts = self.map_facts(map)?;
        let fits = facts.key_size as usize == run.key_size
            && (run.deed == Deed::Delete || facts.value_size as usize == run.value_size);
        if !fits {
            return Err(KernelError::Missing(format!("map {map} with entries of this build")));
        }
        let done = run.carry_out(&mut Kernel(self.data(map)?.fd().as_fd()));
        done.map_err(|source| match source.raw_os_error() {
            Some(libc::E2BIG | libc::ENOMEM | libc::ENOSPC) => KernelError::full(map),
            _ => KernelError::Batch { map, source },
        })
    }
}

/// The part of `union bpf_attr` that is about one entry.
#[repr(C)]
#[derive(Default)]
struct One {
    map_fd: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// The kernel's map, whose keys and values have the sizes of the runs that it is given.
struct Kernel<'m>(BorrowedFd<'m>);

impl Calls for Kernel<'_> {
    fn many(&mut self, run: &Run, at: usize) -> Result<(), (usize, io::Error)> {
        let left = u32::try_from(run.len() - at).unwrap_or(ENTRIES);
        let (keys, values) = (run.keys(at).as_ptr() as u64, run.values(at).as_ptr() as u64);
        let mut attributes = Attributes { keys, values, count: left, ..Attributes::on(self.0) };
        let command = if run.deed == Deed::Put { UPDATE_BATCH } else { DELETE_BATCH };
        let Err(error) = call(command, &mut attributes) else { return Ok(()) };
        // Where it refused before it looked at an entry, the count stands as it was asked.
        let done = if attributes.count < left { attributes.count as usize } else { 0 };
        Err((done, error))
    }

    fn one(&mut self, run: &Run, at: usize) -> io::Result<()> {
        let (key, value) = (run.keys(at).as_ptr() as u64, run.values(at).as_ptr() as u64);
        let put = run.deed == Deed::Put;
        let value = if put { value } else { 0 };
        let mut attributes = One { map_fd: self.0.as_raw_fd().cast_unsigned(), key, value, ..One::default() };
        let command = if put { UPDATE_ELEM } else { DELETE_ELEM };
        // SAFETY: the attributes are as long as is said, and name a key and a value of the run, which
        // lives until the call returns; the kernel only reads those.
        let result = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut attributes, size_of::<One>()) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}
