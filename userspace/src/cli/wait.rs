//! How long a change is waited for, and who was too slow.

use clap::Args;

use super::{exit, output};
use crate::api::types::Wait;

/// How long to wait until every live node has applied the change.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct WaitOptions {
    /// Seconds to wait until every live node has applied the change
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
    /// Do not wait until the nodes have applied the change
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
}

impl WaitOptions {
    /// As the API takes it.
    pub(super) const fn wait(self) -> Wait {
        Wait { timeout: if self.no_wait { 0 } else { self.timeout } }
    }

    /// Names the laggards on standard error; the exit code says whether there were any.
    pub(super) fn report(self, laggards: &[String]) -> i32 {
        if laggards.is_empty() || self.no_wait {
            return exit::DONE;
        }
        output::complain(format!(
            "the change stands, but these nodes have not applied it within {} s: {}; see 'causeway node ls'",
            self.timeout,
            laggards.join(", ")
        ));
        exit::REFUSED
    }
}
