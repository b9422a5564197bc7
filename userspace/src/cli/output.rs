//! Standard output and standard error: lines, tables, JSON.

use std::{fmt, io, io::Write};

use comfy_table::{Table, presets};
use serde::Serialize;

use super::error::CliError;

/// Spaces between two columns, as Docker's tables have.
const GAP: u16 = 3;

/// Prints a line to standard output.
///
/// # Errors
/// What the kernel says, such as that the reader has gone (`println!` would panic).
pub(super) fn say(line: impl fmt::Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Prints one line to standard error. A message of several lines is joined into one.
pub(super) fn complain(message: impl fmt::Display) {
    let line = message.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    // Nobody is left to tell where even this cannot be written.
    drop(writeln!(io::stderr().lock(), "causeway: {line}"));
}

/// Prints `value` as JSON, indented by four spaces as Docker does.
pub(super) fn json<T: Serialize>(value: &T) -> Result<(), CliError> {
    let mut text = Vec::new();
    let four = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, four))?;
    Ok(say(String::from_utf8_lossy(&text))?)
}

/// Lays out `rows` under `headings`, aligned, without borders and without trailing blanks.
pub(super) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !headings.is_empty() {
        table.set_header(headings.to_vec());
    }
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_and_have_no_trailing_blanks() {
        let rows = [vec!["a".to_owned(), "overlay".to_owned()], vec!["longer".to_owned(), String::new()]];
        assert_eq!(table(&["ID", "DRIVER"], rows), "ID       DRIVER\na        overlay\nlonger");
    }

    #[test]
    fn an_empty_table_is_its_headings() {
        assert_eq!(table(&["ID", "NAME"], []), "ID   NAME");
    }
}
