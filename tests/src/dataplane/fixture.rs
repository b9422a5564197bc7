//! A dataplane of a test's own: its own bpf directory, removed again with the guard.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use causeway::kernel::{self, Dataplane, KernelError, Options};

use super::world;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A loaded dataplane with the tables of [`world`]; unloaded on drop.
#[derive(Debug)]
pub struct Fixture {
    dataplane: Dataplane,
    options: Options,
}

impl Fixture {
    /// Loads the programs and fills the tables.
    ///
    /// # Errors
    /// What the kernel refuses; without root, that.
    pub fn new() -> Result<Self, KernelError> {
        Self::with(world::PORT, world::FLOWS)
    }

    /// The same with another VXLAN port, and room for so many directions of answered flows.
    ///
    /// # Errors
    /// As for [`Fixture::new`].
    pub fn with(vxlan_port: u16, flows: u32) -> Result<Self, KernelError> {
        let options = Options {
            vxlan_port,
            endpoints: 1024,
            attachments: 64,
            flows,
            new_flows: world::NEW_FLOWS,
            ..Options::new(bpf_dir(), world::VTEP.into())
        };
        let mut fixture = Self { dataplane: Dataplane::open(&options)?, options };
        fixture.apply(&world::steps())?;
        Ok(fixture)
    }

    /// What it was opened with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Loads once more into the same bpf directory, as a daemon that starts again does.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn reopen(&mut self) -> Result<(), KernelError> {
        self.dataplane = Dataplane::open(&self.options)?;
        Ok(())
    }
}

/// A directory that no other test has.
fn bpf_dir() -> PathBuf {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(format!("/sys/fs/bpf/causeway-test-{}-{number}", process::id()))
}

impl Deref for Fixture {
    type Target = Dataplane;

    fn deref(&self) -> &Dataplane {
        &self.dataplane
    }
}

impl DerefMut for Fixture {
    fn deref_mut(&mut self) -> &mut Dataplane {
        &mut self.dataplane
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Err(error) = kernel::cleanup(&self.options.bpf_dir) {
            eprintln!("{error}");
        }
    }
}
