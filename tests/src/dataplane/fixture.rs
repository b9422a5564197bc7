//! A dataplane of a test's own: its own bpf directory, removed again with the guard.

use std::ops::{Deref, DerefMut};

use causeway::{
    kernel::{Dataplane, KernelError, Options},
    model::Sizes,
    plan::{self, Tables},
};

use super::{BpfDir, world};

/// A loaded dataplane with the tables of [`world`]; unloaded on drop.
#[derive(Debug)]
pub struct Fixture {
    dataplane: Dataplane,
    options: Options,
    world: Tables,
    // Dropped last: the directory goes when nothing uses it any more.
    _bpf_dir: BpfDir,
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
        let bpf_dir = BpfDir::new();
        let options = Options {
            vxlan_port,
            sizes: Sizes {
                endpoints: 1024,
                attachments: 64,
                flows,
                new_flows: world::NEW_FLOWS,
                ..Sizes::default()
            },
            ..Options::new(bpf_dir.path(), world::VTEP.into())
        };
        let dataplane = Dataplane::open(&options)?;
        let mut fixture = Self { dataplane, options, world: Tables::default(), _bpf_dir: bpf_dir };
        fixture.apply(&world::steps())?;
        fixture.world = fixture.observe()?;
        Ok(fixture)
    }

    /// Makes the tables those of [`world`] again, without flows, and all roads
    /// open. Counters keep what they have counted.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn reset(&mut self) -> Result<(), KernelError> {
        let steps = plan::diff(&self.world, &self.observe()?);
        self.apply(&steps)?;
        // Entered again, endpoints lose what the programs have noted in them.
        self.apply(&world::steps())?;
        self.remove_flows(|_| true)?;
        self.forget_tracked()?;
        self.open_roads()
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
