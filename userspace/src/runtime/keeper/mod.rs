//! `causewayd keeper`: starts for a confined daemon what must not live in its confinement.
//!
//! ```text
//!   service manager's sandbox      |  outside
//!   causewayd -- keeper.sock ------|--> causewayd keeper -- fork, exec --> shim, exec'd commands
//!      ^                           |        names of network namespaces (/run/netns)
//!      +-- descriptors: pipes, the exec'd process (SCM_RIGHTS, unix(7)) ---+
//! ```
//! A child inherits its parent's mounts, filter of system calls, no_new_privs and bounding set; a
//! container whose parent is confined would be confined too, and what it mounts nobody else would see.
//! So where a keeper's socket is in the run directory, the daemon has it start them. The keeper remembers nothing:
//! whatever there is to know stands in the containers' directories, and a keeper that was killed is
//! replaced by the next one.

mod ask;
pub mod message;
mod serve;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

pub use ask::Keeper;
pub(super) use ask::Kept;

use super::{error::RuntimeError, open_files::open_many_files};

const ABOUT: &str = "\
Starts containers' processes, and names their network namespaces, for a causewayd that is confined, as by its
systemd unit: what that one starts itself would be confined too. It listens at keeper.sock in the run directory;
a causewayd that finds the socket there asks it. It may be stopped and replaced at any time: containers go on.";

/// The keeper's command line.
#[derive(Debug, Parser)]
#[command(name = "causewayd keeper", version, about = ABOUT)]
struct Args {
    /// The run directory of the daemon that it serves
    #[arg(long, value_name = "DIR", default_value = "/run/causeway")]
    run_dir: PathBuf,
}

/// Runs the keeper; `words` are the command line from the word `keeper` on.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = Args::parse_from(words);
    match run(&args.run_dir) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("causewayd keeper: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(run_dir: &Path) -> Result<std::convert::Infallible, RuntimeError> {
    // It holds one for each container; what it starts gets what it was given itself.
    open_many_files()?;
    serve::serve(&socket_in(run_dir)).await
}

fn socket_in(run_dir: &Path) -> PathBuf {
    run_dir.join("keeper.sock")
}
