//! The command line, a word a line: what is objected to is said in one line.

use std::ffi::OsString;

use causeway::cli::objection;

use crate::is_one_line;

/// Reads; nothing is done.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let args: Vec<OsString> = std::iter::once("causeway").chain(text.lines()).map(OsString::from).collect();
    if let Some(objection) = objection(&args) {
        is_one_line(&objection);
    }
}
