//! The road on the uplink alone: what a client's packet costs the node that only passes it on. A program of its
//! own, since it has the kernel run programs that no node has.

use anyhow::Result;

use super::{Setting, measured::Findings};
use crate::{build, setup};

/// Builds the programs, has them run, and takes what was found.
///
/// # Errors
/// If they cannot be built, or fail.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let object = build::measuring_object(&setup::run()?)?;
    let mut passing = std::process::Command::new(setting.bins.join("passing"));
    passing.arg(object).arg(setting.object("traffic")?).arg(setting.object("twin")?);
    passing.arg(setting.count.to_string());
    if setting.quick {
        passing.arg("quick");
    }
    Ok(serde_json::from_str(&setting.said(&mut passing)?)?)
}
