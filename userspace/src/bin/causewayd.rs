//! The daemon of one node.

use std::{io::IsTerminal, process::ExitCode};

use causeway::{
    daemon::{self, Args, FdStore, Surroundings},
    runtime::{self, shim},
};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt};

fn main() -> ExitCode {
    // The small parent of a container's process is this program, too (`runtime::shim`).
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|verb| verb == "shim") {
        return shim::main(words);
    }
    let args = Args::parse();
    fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its text names its causes already.
            eprintln!("causewayd: {}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    // Before there are threads: it reads the environment.
    let fd_store = FdStore::inherit();
    let config = daemon::load(args)?;
    runtime::open_many_files()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        if args.cleanup {
            return daemon::cleanup(&config).await.map_err(|e| anyhow::anyhow!(e));
        }
        let args = args.clone();
        let around = Surroundings { fd_store, reread: move || daemon::load(&args), stop: asked_to_stop()? };
        daemon::run(config, around).await.map_err(|e| anyhow::anyhow!(e))
    });
    // Tasks that wait for containers' ends would wait for ever.
    runtime.shutdown_background();
    result
}

/// Resolves at SIGTERM or SIGINT.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
