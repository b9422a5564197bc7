//! The daemon of one node.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use causeway::{
    daemon::{self, Args, FdStore, Surroundings},
    runtime::{self, keeper, shim},
};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, fmt};

/// How long tasks may take to end that nobody waits for.
const ENDING: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    // The small parent of a container's process is this program, too (`runtime::shim`).
    // So is the keeper of a confined daemon (`runtime::keeper`).
    let mut words = std::env::args_os().skip(1).peekable();
    match words.peek().and_then(|verb| verb.to_str()) {
        Some("shim") => return shim::main(words.skip(1)),
        Some("keeper") => {
            log();
            return keeper::main(words);
        }
        _ => {}
    }
    let args = Args::parse();
    log();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its text names its causes already.
            eprintln!("causewayd: {}", error.to_string().replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn log() {
    fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

fn run(args: &Args) -> anyhow::Result<()> {
    // Before there are threads: it reads the environment.
    let fd_store = FdStore::inherit();
    let config = daemon::load(args)?;
    runtime::open_many_files()?;
    if !args.cleanup && daemon::cleanup_begun(&config) {
        finish_cleanup(&config)?;
    }
    // A cleanup is over in a moment, and removes what the shims made with all rights: nobody may write to the root
    // of cgroup2 where its mode is the kernel's own, 0555.
    if !args.cleanup {
        // Rights are a thread's: those that are started later have no more than this one.
        runtime::keep_needed_rights(&config.run_dir)?;
    }
    let runtime = workers()?;
    // On a worker: `/proc/self` is the main thread's, which therefore never enters a container's namespace.
    let done = runtime.block_on(runtime.spawn(work(args.clone(), config, fd_store)));
    // Tasks that wait for containers' ends would wait for ever.
    runtime.shutdown_background();
    done.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
}

async fn work(args: Args, config: daemon::Config, fd_store: FdStore) -> anyhow::Result<()> {
    if args.cleanup {
        return daemon::cleanup(&config).await.map_err(|e| anyhow::anyhow!(e));
    }
    let around = Surroundings { fd_store, reread: move || daemon::load(&args), stop: asked_to_stop()? };
    daemon::run(config, around).await.map_err(|e| anyhow::anyhow!(e))
}

/// On threads of its own: when they have ended, nobody has the store open any more.
fn finish_cleanup(config: &daemon::Config) -> anyhow::Result<()> {
    tracing::warn!("a cleanup was begun and not finished; it is finished now");
    let runtime = workers()?;
    let cleaned = runtime.block_on(daemon::cleanup(config));
    runtime.shutdown_timeout(ENDING);
    cleaned.map_err(|e| anyhow::anyhow!(e))
}

/// One worker: what is long is done besides, and the rest is many short tasks that one change of the state wakes, a
/// hundredth of a millisecond each, which is less than several workers take to wake each other.
fn workers() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
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
