//! The command line: what was typed becomes requests, answers become tables, JSON and exit codes.
//!
//! One file a verb, each a struct of its options. `examples` ends each verb's help; `usage` turns
//! whatever the parser objects to into one line; `exit` is the list of exit codes.

mod ago;
mod attach;
mod detach;
mod error;
mod examples;
mod exec;
mod exit;
mod expose;
mod files_flags;
mod filters;
mod follow;
mod inspect;
mod key_value;
mod later;
mod list;
mod logs;
mod network;
mod network_flags;
mod network_mode;
mod node;
mod output;
mod port_range;
mod protocol;
mod ps;
mod publish;
mod publish_flags;
mod rm;
mod rows;
mod run;
mod service;
mod service_flags;
mod service_publish;
mod several;
mod signals;
mod source;
mod status;
mod stop;
mod until;
mod usage;
mod version;
mod wait;
pub mod words;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand};

use crate::client::{Client, DEFAULT_HOST, HOST_VARIABLE};
use error::Outcome;

/// Container networking whose dataplane is eBPF: networks, containers, services and the nodes that carry them.
#[derive(Debug, Parser)]
#[command(name = "causeway", version, max_term_width = 100, arg_required_else_help = false)]
#[command(after_help = examples::CAUSEWAY)]
struct Options {
    /// The daemon's address: unix:// and the absolute path of its socket
    #[arg(short = 'H', long, global = true, value_name = "URL", env = HOST_VARIABLE)]
    #[arg(hide_env_values = true, default_value = DEFAULT_HOST)]
    host: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Manage networks
    #[command(after_help = examples::NETWORK, arg_required_else_help = false)]
    Network(network::Network),
    /// Run a command in a new container
    #[command(after_help = examples::RUN)]
    Run(run::Run),
    /// Attach an existing network namespace to networks, as a container
    #[command(after_help = examples::ATTACH)]
    Attach(attach::Attach),
    /// Detach a namespace that was attached; the namespace itself stays
    #[command(after_help = examples::DETACH)]
    Detach(detach::Detach),
    /// Run a command in a container that runs; stdin, stdout, stderr and signals pass through
    #[command(after_help = examples::EXEC)]
    Exec(exec::Exec),
    /// List this node's containers
    #[command(after_help = examples::PS)]
    Ps(ps::Ps),
    /// Print all about containers, as a JSON array
    #[command(after_help = examples::INSPECT)]
    Inspect(inspect::Inspect),
    /// Stop containers: TERM, then KILL to everything that they forked
    #[command(after_help = examples::STOP)]
    Stop(stop::Stop),
    /// Remove containers
    #[command(after_help = examples::RM)]
    Rm(rm::Rm),
    /// Print what a container has written to its standard output and standard error
    #[command(after_help = examples::LOGS)]
    Logs(logs::Logs),
    /// Manage services: names with a virtual address and backends on any node
    #[command(after_help = examples::SERVICE, arg_required_else_help = false)]
    Service(service::Service),
    /// Manage the nodes of the cluster
    #[command(after_help = examples::NODE, arg_required_else_help = false)]
    Node(node::Node),
    /// Print how the node is: its store, its uplink, packets by road, drops by reason, maps
    #[command(after_help = examples::STATUS)]
    Status(status::Status),
    /// Print the versions of the command line and of the daemon
    #[command(after_help = examples::VERSION)]
    Version(version::Version),
}

/// The command line as clap sees it, for whoever renders its help.
pub fn command() -> clap::Command {
    Options::command()
}

/// What the parser objects to in `args` (the program's name first), in one line; none where nothing is wrong, or
/// help is asked for.
pub fn objection(args: &[OsString]) -> Option<String> {
    usage::objection_to(&Options::try_parse_from(args).err()?, args)
}

/// Does what `args` (the program's name first) say.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let code = match Options::try_parse_from(&args) {
        Ok(options) => perform(options),
        Err(error) => usage::explain(&error, &args),
    };
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

fn perform(options: Options) -> i32 {
    let runs_a_command = matches!(options.verb, Verb::Run(_) | Verb::Exec(_));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return error::CliError::from(e).explain(runs_a_command),
    };
    let outcome = runtime.block_on(dispatch(options));
    // A thread that waits for standard input must not keep the program alive.
    runtime.shutdown_background();
    outcome.unwrap_or_else(|e| e.explain(runs_a_command))
}

async fn dispatch(options: Options) -> Outcome {
    let client = Client::new(&options.host)?;
    match options.verb {
        Verb::Network(verb) => verb.perform(&client).await,
        Verb::Run(verb) => verb.perform(&client).await,
        Verb::Attach(verb) => verb.perform(&client).await,
        Verb::Detach(verb) => verb.perform(&client).await,
        Verb::Exec(verb) => verb.perform(&client).await,
        Verb::Ps(verb) => verb.perform(&client).await,
        Verb::Inspect(verb) => verb.perform(&client).await,
        Verb::Stop(verb) => verb.perform(&client).await,
        Verb::Rm(verb) => verb.perform(&client).await,
        Verb::Logs(verb) => verb.perform(&client).await,
        Verb::Service(verb) => verb.perform(&client).await,
        Verb::Node(verb) => verb.perform(&client).await,
        Verb::Status(verb) => verb.perform(&client).await,
        Verb::Version(verb) => verb.perform(&client).await,
    }
}
