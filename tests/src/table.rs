//! The table that a test prints: what was tried, what came of it, what should have.

use std::{collections::BTreeMap, fmt::Write as _};

/// Rows and columns in the order of their first appearance.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<String>,
    columns: Vec<String>,
    cells: BTreeMap<(usize, usize), (bool, bool)>,
}

impl Table {
    /// Notes what came of a try, and what should have.
    ///
    /// # Panics
    /// Where that was noted already.
    pub fn note(&mut self, row: &str, column: &str, got: bool, wanted: bool) {
        let place = (place(&mut self.rows, row), place(&mut self.columns, column));
        assert_eq!(self.cells.insert(place, (got, wanted)), None, "{row}, {column}: noted twice");
    }

    /// Prints it, and fails where anything is not as it should be.
    ///
    /// # Panics
    /// There.
    pub fn check(&self) {
        let first = widest(&self.rows);
        let mut text = format!("\n{:first$}", "");
        for column in &self.columns {
            let _ = write!(text, "  {column:>WORD$}");
        }
        for (y, row) in self.rows.iter().enumerate() {
            let _ = write!(text, "\n{row:first$}");
            for (x, column) in self.columns.iter().enumerate() {
                let (word, width) = (self.cells.get(&(y, x)).map_or("", word), column.len().max(WORD));
                let _ = write!(text, "  {word:>width$}");
            }
        }
        println!("{text}\n");
        assert!(self.cells.values().all(|(got, wanted)| got == wanted), "see the table: {text}");
    }
}

/// The longest of [`word`]'s.
const WORD: usize = 11;

fn widest(names: &[String]) -> usize {
    names.iter().map(String::len).max().unwrap_or_default()
}

fn place(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

fn word((got, wanted): &(bool, bool)) -> &'static str {
    match (got, wanted) {
        (true, true) => "yes",
        (false, false) => "no",
        (true, false) => "YES, not no",
        (false, true) => "NO, not yes",
    }
}
