//! Entries that the daemon removes while programs write to the same map.
//!
//! What was read a moment ago may be another conversation's by now: its tuple was used again. So each entry is
//! looked at once more just before it goes, and what was renewed between that look and the removal, a
//! microsecond, is put back.

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

use aya::Pod;

use super::{Dataplane, KernelError};

const LOOKUP_ELEM: libc::c_long = 1;
const UPDATE_ELEM: libc::c_long = 2;
const LOOKUP_AND_DELETE_ELEM: libc::c_long = 21;
/// Only where there is none.
const NOEXIST: u64 = 1;

impl Dataplane {
    /// Removes entries of a hash map by their keys, as far as `over` still says so of what stands there; how
    /// many.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub(super) fn remove_if<K: Pod, V: Pod>(
        &self,
        map: &'static str,
        keys: impl IntoIterator<Item = K>,
        over: impl Fn(&K, &V) -> bool,
    ) -> Result<usize, KernelError> {
        let fits = self.map_facts(map)?;
        if (fits.key_size as usize, fits.value_size as usize) != (size_of::<K>(), size_of::<V>()) {
            return Err(KernelError::Missing(format!("map {map} with entries of this build")));
        }
        let fd = self.data(map)?.fd().as_fd();
        let mut removed = 0;
        for key in keys {
            let gone = remove(fd, &key, &over).map_err(|source| KernelError::Batch { map, source })?;
            removed += usize::from(gone);
        }
        Ok(removed)
    }

    /// One entry of a map, if it is there.
    ///
    /// # Errors
    /// [`KernelError::Batch`] where the kernel refuses.
    pub(super) fn entry_of<K: Pod, V: Pod>(
        &self,
        map: &'static str,
        key: K,
    ) -> Result<Option<V>, KernelError> {
        let fd = self.data(map)?.fd().as_fd();
        read(LOOKUP_ELEM, fd, &key).map_err(|source| KernelError::Batch { map, source })
    }
}

/// Removes one entry if it is over; whether it was.
fn remove<K: Pod, V: Pod>(map: BorrowedFd<'_>, key: &K, over: &impl Fn(&K, &V) -> bool) -> io::Result<bool> {
    let is_over = |value: &Option<V>| value.as_ref().is_some_and(|value| over(key, value));
    if !is_over(&read(LOOKUP_ELEM, map, key)?) {
        return Ok(false);
    }
    let taken = read(LOOKUP_AND_DELETE_ELEM, map, key)?;
    match taken {
        Some(value) if !over(key, &value) => put_back(map, key, &value).map(|()| false),
        taken => Ok(taken.is_some()),
    }
}

/// The part of `union bpf_attr` that is about one entry.
#[repr(C)]
struct One {
    map_fd: u32,
    padding: u32,
    key: u64,
    value: u64,
    flags: u64,
}

/// The value of a key, which the map's keys and values are as large as; `None`: there is none.
fn read<K: Pod, V: Pod>(command: libc::c_long, map: BorrowedFd<'_>, key: &K) -> io::Result<Option<V>> {
    let mut value = MaybeUninit::<V>::zeroed();
    match one(command, map, key, value.as_mut_ptr() as u64, 0) {
        // SAFETY: all of it is initialised, by zeros and then by the kernel; any bytes are a `Pod`.
        Ok(()) => Ok(Some(unsafe { value.assume_init() })),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Enters what was taken by mistake. Where the next packet was faster, or there is no room, it stays out.
fn put_back<K: Pod, V: Pod>(map: BorrowedFd<'_>, key: &K, value: &V) -> io::Result<()> {
    match one(UPDATE_ELEM, map, key, (&raw const *value) as u64, NOEXIST) {
        Err(error) if !matches!(error.raw_os_error(), Some(libc::EEXIST | libc::E2BIG)) => Err(error),
        _ => Ok(()),
    }
}

fn one<K: Pod>(
    command: libc::c_long,
    map: BorrowedFd<'_>,
    key: &K,
    value: u64,
    flags: u64,
) -> io::Result<()> {
    let key = (&raw const *key) as u64;
    let mut attributes = One { map_fd: map.as_raw_fd().cast_unsigned(), padding: 0, key, value, flags };
    // SAFETY: the attributes are as long as is said, and name a key and room for a value of the map's sizes.
    let result = unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut attributes, size_of::<One>()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
