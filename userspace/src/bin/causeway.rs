//! `causeway`: asks the daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    causeway::cli::main(std::env::args_os())
}
