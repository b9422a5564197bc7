//! What the kernel calls the reasons for which it drops packets, and where it does.

use std::{collections::BTreeMap, fs};

use anyhow::Result;

use super::btf::Btf;

/// Names of reasons, and of the kernel's functions.
pub struct Reasons {
    names: BTreeMap<u32, String>,
    functions: BTreeMap<u64, String>,
}

impl Reasons {
    /// Of the running kernel.
    ///
    /// # Errors
    /// If it does not describe its types.
    pub(super) fn read(btf: &Btf) -> Result<Self> {
        let short = |name: String| name.trim_start_matches("SKB_DROP_REASON_").to_lowercase();
        let names = btf.values("skb_drop_reason")?.into_iter().map(|(value, name)| (value, short(name)));
        let symbols = fs::read_to_string("/proc/kallsyms")?;
        Ok(Self { names: names.collect(), functions: symbols.lines().filter_map(function).collect() })
    }

    /// A reason's name; where the kernel says none, the function that gave the packet up.
    pub fn name(&self, reason: u32, location: u64) -> String {
        let name = self.names.get(&reason).map_or("unknown", String::as_str);
        if name == "not_specified" { format!("in {}", self.function(location)) } else { name.to_owned() }
    }

    /// Whether the kernel has said why.
    pub fn says_why(&self, reason: u32) -> bool {
        self.names.get(&reason).is_some_and(|name| name != "not_specified")
    }

    fn function(&self, location: u64) -> &str {
        self.functions.range(..=location).next_back().map_or("nowhere", |(_, name)| name)
    }
}

/// Where a function begins, and its name (`/proc/kallsyms`: address, kind, name, module).
fn function(line: &str) -> Option<(u64, String)> {
    let mut words = line.split_whitespace();
    let begin = u64::from_str_radix(words.next()?, 16).ok()?;
    words.next().filter(|kind| kind.eq_ignore_ascii_case("t"))?;
    Some((begin, words.next()?.to_owned()))
}
