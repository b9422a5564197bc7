//! Entries of one map that follow one another, written or removed with one call of the kernel where it
//! takes many at once, and one by one where it does not.

use std::io;

use aya::Pod;

/// What is done with all entries of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Entered, or replaced.
    Put,
    /// Removed; what is not there is no error.
    Delete,
}

/// Entries of one map in a row that are all written, or all removed.
#[derive(Debug)]
pub(super) struct Run {
    /// The map's name.
    pub(super) map: &'static str,
    /// What is done with them.
    pub(super) deed: Deed,
    /// Bytes of a key.
    pub(super) key_size: usize,
    /// Bytes of a value; 0 where entries are removed.
    pub(super) value_size: usize,
    keys: Vec<u8>,
    values: Vec<u8>,
}

/// What the kernel does with a run's entries.
pub(super) trait Calls {
    /// Takes all from `at` on; how many it took before it failed.
    fn many(&mut self, run: &Run, at: usize) -> Result<(), (usize, io::Error)>;

    /// Takes the one at `at`.
    fn one(&mut self, run: &Run, at: usize) -> io::Result<()>;
}

impl Run {
    /// A run that begins with this entry.
    pub(super) fn of<K: Pod, V: Pod>(map: &'static str, key: &K, value: Option<&V>) -> Self {
        let deed = if value.is_some() { Deed::Put } else { Deed::Delete };
        let value_size = value.map_or(0, |_| size_of::<V>());
        let key_size = size_of::<K>();
        let mut run = Self { map, deed, key_size, value_size, keys: Vec::new(), values: Vec::new() };
        run.push(key, value);
        run
    }

    /// Whether an entry of that map, with which that is done, goes on with this run.
    pub(super) fn takes(&self, map: &'static str, deed: Deed) -> bool {
        self.map == map && self.deed == deed
    }

    /// Adds an entry that it takes.
    pub(super) fn push<K: Pod, V: Pod>(&mut self, key: &K, value: Option<&V>) {
        self.keys.extend_from_slice(bytes(key));
        self.values.extend(value.into_iter().flat_map(bytes));
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.keys.len() / self.key_size
    }

    /// The keys from the entry `at` on, one behind the other.
    pub(super) fn keys(&self, at: usize) -> &[u8] {
        &self.keys[at * self.key_size..]
    }

    /// The values likewise; none where entries are removed.
    pub(super) fn values(&self, at: usize) -> &[u8] {
        &self.values[at * self.value_size..]
    }

    /// Hands the entries to the kernel in their order, up to the first that it refuses.
    ///
    /// # Errors
    /// What it said to that one.
    pub(super) fn carry_out(&self, calls: &mut impl Calls) -> io::Result<()> {
        let (mut at, mut many) = (0, true);
        while at < self.len() {
            // For one alone the call for one is the cheaper one.
            if !many || at + 1 == self.len() {
                self.if_there(calls.one(self, at))?;
                at += 1;
                continue;
            }
            let Err((done, error)) = calls.many(self, at) else { return Ok(()) };
            at += done;
            if is_unsupported(&error) {
                many = false;
            } else {
                self.if_there(Err(error))?;
                at += 1;
            }
        }
        Ok(())
    }

    /// What is gone already need not be removed.
    fn if_there(&self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if self.deed == Deed::Delete && error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            other => other,
        }
    }
}

/// Whether the kernel does not take many entries of such a map at once.
fn is_unsupported(error: &io::Error) -> bool {
    /// The kernel's own number for it (include/linux/errno.h), which libc does not know.
    const ENOTSUPP: i32 = 524;
    matches!(error.raw_os_error(), Some(ENOTSUPP | libc::EINVAL | libc::EOPNOTSUPP))
}

/// A value's bytes.
pub(super) fn bytes<T: Pod>(value: &T) -> &[u8] {
    // SAFETY: a `Pod` is as many bytes as its size says, and every one of them is initialised.
    unsafe { std::slice::from_raw_parts((&raw const *value).cast(), size_of::<T>()) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeMap;

    use super::*;

    /// A map of the kernel's: bytes to bytes.
    #[derive(Default)]
    struct Fake {
        entries: BTreeMap<u32, u64>,
        /// Many at once are not taken.
        single: bool,
        capacity: usize,
        calls: usize,
    }

    impl Fake {
        fn take(&mut self, run: &Run, at: usize) -> io::Result<()> {
            let key = u32::from_ne_bytes(run.keys(at)[..4].try_into().unwrap());
            if run.deed == Deed::Delete {
                let there = self.entries.remove(&key).is_some();
                return if there { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ENOENT)) };
            }
            if self.entries.len() == self.capacity && !self.entries.contains_key(&key) {
                return Err(io::Error::from_raw_os_error(libc::E2BIG));
            }
            self.entries.insert(key, u64::from_ne_bytes(run.values(at)[..8].try_into().unwrap()));
            Ok(())
        }
    }

    impl Calls for Fake {
        fn many(&mut self, run: &Run, at: usize) -> Result<(), (usize, io::Error)> {
            self.calls += 1;
            if self.single {
                return Err((0, io::Error::from_raw_os_error(524)));
            }
            (at..run.len()).try_for_each(|n| self.take(run, n).map_err(|error| (n - at, error)))
        }

        fn one(&mut self, run: &Run, at: usize) -> io::Result<()> {
            self.calls += 1;
            self.take(run, at)
        }
    }

    fn puts(range: std::ops::Range<u32>) -> Run {
        let mut run = Run::of("MAP", &range.start, Some(&u64::from(range.start)));
        range.skip(1).for_each(|key| run.push(&key, Some(&u64::from(key))));
        run
    }

    fn deletions(keys: &[u32]) -> Run {
        let mut run = Run::of("MAP", &keys[0], None::<&u64>);
        keys[1..].iter().for_each(|key| run.push(key, None::<&u64>));
        run
    }

    #[test]
    fn a_kernel_that_takes_many_is_called_once_and_another_once_for_each() {
        for (single, calls) in [(false, 1), (true, 101)] {
            let mut kernel = Fake { single, capacity: 200, ..Fake::default() };
            puts(0..100).carry_out(&mut kernel).unwrap();
            assert_eq!(kernel.calls, calls);
            assert_eq!(kernel.entries, (0..100).map(|key| (key, u64::from(key))).collect());
        }
    }

    #[test]
    fn one_entry_costs_one_call_either_way() {
        for single in [false, true] {
            let mut kernel = Fake { single, capacity: 1, ..Fake::default() };
            puts(7..8).carry_out(&mut kernel).unwrap();
            assert_eq!((kernel.calls, kernel.entries.len()), (1, 1));
        }
    }

    #[test]
    fn what_is_gone_is_passed_over_wherever_it_stands() {
        for single in [false, true] {
            let mut kernel = Fake { single, capacity: 9, ..Fake::default() };
            puts(0..9).carry_out(&mut kernel).unwrap();
            deletions(&[90, 0, 91, 92, 3, 8, 93]).carry_out(&mut kernel).unwrap();
            assert_eq!(kernel.entries.into_keys().collect::<Vec<_>>(), [1, 2, 4, 5, 6, 7]);
        }
    }

    #[test]
    fn a_full_map_keeps_what_came_before_and_says_so() {
        for single in [false, true] {
            let mut kernel = Fake { single, capacity: 5, ..Fake::default() };
            let error = puts(0..9).carry_out(&mut kernel).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::E2BIG));
            assert_eq!(kernel.entries.into_keys().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        }
    }
}
