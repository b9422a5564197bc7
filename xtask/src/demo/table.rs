//! The table at the end: what was done, how much it moved, how long it took.

use std::{fmt, time::Duration};

/// Rows in the order in which they happened.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

#[derive(Debug)]
struct Row {
    what: String,
    way: String,
    bytes: Option<u64>,
    time: Duration,
}

impl Table {
    /// Adds what was done, which way it went, the bytes that it moved, and its time.
    pub(crate) fn row(&mut self, what: &str, way: &str, bytes: Option<u64>, time: Duration) {
        self.0.push(Row { what: what.to_owned(), way: way.to_owned(), bytes, time });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<30} {:<16} {:>10} {:>9} {:>12}", "WHAT", "WAY", "SIZE", "TIME", "RATE")?;
        for Row { what, way, bytes, time } in &self.0 {
            let size = bytes.map(size).unwrap_or_default();
            let rate =
                bytes.filter(|bytes| *bytes >= MEBIBYTE).map(|bytes| rate(bytes, *time)).unwrap_or_default();
            writeln!(f, "{what:<30} {way:<16} {size:>10} {:>9} {rate:>12}", duration(*time))?;
        }
        Ok(())
    }
}

const MEBIBYTE: u64 = 1 << 20;

fn size(bytes: u64) -> String {
    if bytes >= MEBIBYTE { format!("{} MiB", bytes / MEBIBYTE) } else { format!("{bytes} B") }
}

fn duration(time: Duration) -> String {
    if time >= Duration::from_secs(1) {
        format!("{:.2} s", time.as_secs_f64())
    } else {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(bytes: u64, time: Duration) -> String {
    format!("{:.2} Gbit/s", bytes as f64 * 8.0 / 1e9 / time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Table;

    #[test]
    fn a_row_says_what_way_size_time_and_rate() {
        let mut table = Table::default();
        table.row("file fetched", "node3 -> node1", Some(100 << 20), Duration::from_millis(500));
        let text = table.to_string();
        let row: Vec<&str> = text.lines().nth(1).unwrap_or_default().split_whitespace().collect();
        assert_eq!(row.join(" "), "file fetched node3 -> node1 100 MiB 500.0 ms 1.68 Gbit/s");
    }
}
