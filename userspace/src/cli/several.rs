//! Verbs that take several names: all are tried, each failure is one line.

use serde::Serialize;

use super::{
    error::{CliError, Outcome},
    exit, output,
};
use crate::client;

/// Does `act` with each of `names`; says which failed and goes on.
///
/// # Errors
/// Where there is no daemon to ask: the next name would fare no better.
pub(super) async fn each(names: &[String], mut act: impl AsyncFnMut(&str) -> Outcome) -> Outcome {
    let mut code = exit::DONE;
    for name in names {
        match act(name).await {
            Ok(of_this) => code = code.max(of_this),
            Err(CliError::Client(error)) if !error.is_nobody_there() => {
                output::complain(error);
                code = exit::REFUSED;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(code)
}

/// Prints a JSON array of those of `names` that `get` finds.
pub(super) async fn inspect<T: Serialize>(
    names: &[String],
    get: impl AsyncFn(&str) -> client::Result<T>,
) -> Outcome {
    let mut found = Vec::new();
    let code = each(names, async |name| {
        found.push(get(name).await?);
        Ok(exit::DONE)
    });
    let code = code.await?;
    output::json(&found)?;
    Ok(code)
}
