//! Set up, build, show, test and measure Causeway: `cargo xtask VERB`, one file a verb.

mod bench;
mod build;
mod clean;
mod demo;
mod fuzz;
mod lab;
mod privilege;
mod run;
mod setup;
mod test;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Install what building, demo, tests and benches need, and find a compiler for the kernel's programs.
    Setup,
    /// Build the kernel's programs, causewayd and causeway.
    Build(build::Build),
    /// Show three nodes, one overlay network and real traffic between containers.
    Demo,
    /// Run every test (as root).
    Test(test::Test),
    /// Feed whatever is read from outside with anything.
    Fuzz(fuzz::Fuzz),
    /// Measure.
    Bench(bench::Bench),
    /// Keep a cluster of network namespaces to play with.
    Lab(lab::Lab),
    /// One end of what `bench` measures.
    #[command(hide = true, subcommand)]
    End(bench::ends::End),
    /// Remove what was built; the toolchain stays.
    Clean,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Setup => setup::run().and_then(|_| setup::peers()),
        Verb::Build(verb) => verb.run(),
        Verb::Demo => return finish(demo::run()),
        Verb::Test(verb) => return finish(verb.run()),
        Verb::Fuzz(verb) => return finish(verb.run()),
        Verb::Bench(verb) => verb.run(),
        Verb::End(end) => end.run(),
        Verb::Lab(verb) => return finish(verb.run()),
        Verb::Clean => clean::run(),
    };
    finish(outcome.map(|()| ExitCode::SUCCESS))
}

fn finish(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
