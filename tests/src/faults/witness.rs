//! What the kernel drops, seen where it does (the tracepoint `skb:kfree_skb`).

use std::{collections::BTreeMap, os::unix::fs::MetadataExt as _, sync::Mutex};

use anyhow::Result;
use causeway::kernel::Disturbing;
use causeway_common::faults::{Event, Offsets};
use causeway_lab::Netns;

use super::{btf::Btf, news, object, reasons::Reasons};

/// Packets freed, by the inode of their namespace and by the reason's name.
pub type Freed = BTreeMap<(u32, String), u64>;

/// Sees every packet that the kernel drops from now on, until it is dropped itself.
pub struct Witness {
    programs: Mutex<Disturbing>,
    /// What the kernel calls things.
    pub reasons: Reasons,
}

impl Witness {
    /// Begins to look; numbered packets are those of this run.
    ///
    /// # Errors
    /// If the programs are not built, or the kernel does not describe its types.
    pub fn begin(magic: u32) -> Result<Self> {
        let btf = Btf::of_kernel()?;
        let mut programs = Disturbing::load(&object()?)?;
        programs.watch(offsets(&btf, magic)?)?;
        Ok(Self { programs: Mutex::new(programs), reasons: Reasons::read(&btf)? })
    }

    /// Numbered packets that were dropped since it was asked for last.
    ///
    /// # Errors
    /// If some of it is lost, since it was asked for too late.
    pub fn news(&self) -> Result<Vec<Event>> {
        news(&mut self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// All packets that were dropped since it began, numbered or not.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn freed(&self) -> Result<Freed> {
        let freed = self.programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).freed()?;
        let named = |(key, count): (causeway_common::faults::FreedKey, u64)| {
            ((key.namespace, self.reasons.name(key.reason, 0)), count)
        };
        Ok(freed.into_iter().map(named).collect())
    }
}

/// By what the kernel knows a namespace.
///
/// # Errors
/// If it is gone.
pub fn inode(netns: &Netns) -> Result<u32> {
    Ok(u32::try_from(std::fs::metadata(netns.path())?.ino())?)
}

fn offsets(btf: &Btf, magic: u32) -> Result<Offsets> {
    Ok(Offsets {
        head: btf.offset("sk_buff", "head")?,
        network_header: btf.offset("sk_buff", "network_header")?,
        tail: btf.offset("sk_buff", "tail")?,
        dev: btf.offset("sk_buff", "dev")?,
        ifindex: btf.offset("net_device", "ifindex")?,
        net: btf.offset("net_device", "nd_net")?,
        inum: btf.offset("net", "ns")? + btf.offset("ns_common", "inum")?,
        magic,
    })
}
