//! A daemon in miniature for the tests of the runtime: knows the verb `shim`, and with `start`
//! starts one container and then waits to be killed.
//!
//! ```text
//! container-starter start CONTAINERS ID SPEC-AS-JSON
//! ```

use std::{env, ffi::OsString, io::Write, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use causeway::{
    model::Id,
    runtime::{Container, Spec, shim},
};

/// Nobody waits longer for the end of a test.
const LIFE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    match args.next().as_ref().and_then(|verb| verb.to_str()) {
        Some("shim") => shim::main(args),
        Some("start") => match start(&args.collect::<Vec<_>>()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failed) => {
                eprintln!("{failed:#}");
                ExitCode::FAILURE
            }
        },
        _ => ExitCode::from(2),
    }
}

fn start(args: &[OsString]) -> Result<()> {
    let [containers, id, spec] = args else { bail!("start CONTAINERS ID SPEC") };
    let id = id.to_str().and_then(Id::parse).context("an id")?;
    let spec: Spec = serde_json::from_slice(spec.as_encoded_bytes())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = Container::new(Path::new(containers), &id).start(&spec).await?;
        println!("{}", running.pid);
        std::io::stdout().flush()?;
        tokio::time::sleep(LIFE).await;
        Ok(())
    })
}
