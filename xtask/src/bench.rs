//! `bench`: what the road costs.

use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub(crate) struct Bench {
    /// Fewer and shorter rounds.
    #[arg(long)]
    quick: bool,
}

impl Bench {
    /// Measures.
    pub(crate) fn run(self) -> Result<()> {
        anyhow::bail!("nothing to measure yet (quick: {})", self.quick)
    }
}
