//! How long the dataplane's tables take to hold what they should.

use anyhow::Result;
use serde::Deserialize;

use super::{
    Setting,
    measured::{Findings, Measured, OURS, Series},
};

/// What the program tells, a figure a round.
#[derive(Deserialize)]
struct Told {
    filled_s: Vec<f64>,
    change_p50_ms: Vec<f64>,
    change_p99_ms: Vec<f64>,
}

/// Fills them, and changes a backend of a service again and again.
///
/// # Errors
/// If the kernel refuses.
pub(super) fn measure(setting: &Setting) -> Result<Findings> {
    let mut command = setting.rig("tables");
    command.args(["--rounds".to_owned(), setting.count.to_string()]);
    let told: Told = serde_json::from_str(&setting.said(&mut command)?)?;
    let ours = |name, unit, rounds| Measured::new(name, unit, vec![Series { name: OURS.to_owned(), rounds }]);
    Ok(vec![
        ours("1,000,000 endpoints into maps", "s", told.filled_s),
        ours("backend change to dataplane, p99", "ms", told.change_p99_ms),
        ours("backend change to dataplane, median", "ms", told.change_p50_ms),
    ]
    .into())
}
