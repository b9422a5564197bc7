//! What every `ls` has in common: its options and its three forms.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{
    error::{CliError, Outcome},
    exit,
    filters::{self, Filter},
    output,
};

/// Options of every `ls`.
#[derive(Debug, Args)]
pub(super) struct ListOptions {
    /// Print ids only
    #[arg(short, long)]
    quiet: bool,
    /// Print ids and commands whole
    #[arg(long)]
    no_trunc: bool,
    /// Print a table, or one JSON array
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Print only what matches; of one key any, of several keys all must match
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<Filter>,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
}

/// Something that `ls` prints a line of.
pub(super) trait Row {
    /// The table's headings.
    const HEADINGS: &'static [&'static str];
    /// The keys that `--filter` knows.
    const KEYS: &'static [&'static str];

    /// The whole id.
    fn id(&self) -> &str;
    /// The table's cells, as many as headings.
    fn cells(&self, no_trunc: bool) -> Vec<String>;
    /// The element of the JSON array.
    fn json(&self) -> Value;
    /// True where one of [`Row::KEYS`] has this value.
    fn matches(&self, key: &str, value: &str) -> bool;
}

impl ListOptions {
    /// Prints those of `rows` that the filters let through.
    pub(super) fn print<R: Row>(&self, rows: Vec<R>) -> Outcome {
        let rows: Vec<R> = rows.into_iter().filter(|row| filters::keep(&self.filter, row)).collect();
        match self.format {
            Format::Json if self.quiet => output::json(&self.ids(&rows))?,
            Format::Json => output::json(&rows.iter().map(Row::json).collect::<Vec<_>>())?,
            Format::Table if self.quiet => self.ids(&rows).into_iter().try_for_each(output::say)?,
            Format::Table => output::say(output::table(R::HEADINGS, self.cells(&rows)))?,
        }
        Ok(exit::DONE)
    }

    /// Refuses filters with a key that `R` does not have, before anything is asked for.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(super) fn check<R: Row>(&self) -> Result<(), CliError> {
        filters::check(&self.filter, R::KEYS)
    }

    /// True where a filter asks for this key.
    pub(super) fn filters_by(&self, key: &str) -> bool {
        self.filter.iter().any(|filter| filter.key == key)
    }

    fn ids<'r, R: Row>(&self, rows: &'r [R]) -> Vec<&'r str> {
        rows.iter().map(|row| id(row.id(), self.no_trunc)).collect()
    }

    fn cells<R: Row>(&self, rows: &[R]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.cells(self.no_trunc)).collect()
    }
}

/// An id whole, or the first 12 digits of it.
pub(super) fn id(id: &str, no_trunc: bool) -> &str {
    if no_trunc { id } else { id.get(..12).unwrap_or(id) }
}
