//! The tables at the end of a run, for a terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets::NOTHING};

use super::{
    results::Results,
    row::{Row, figure},
    statistics,
};

/// The rows with a goal, those that are missing, and where further figures are.
pub(super) fn of_rows(results: &Results) -> String {
    let headings = ["WHAT", "UNIT", "OURS", "PEER", "", "RATIO", "95 %", "GOAL", "AIM", ""];
    let mut table = new(&headings, &[2, 3, 5, 6, 7, 8]);
    for row in &results.rows {
        table.add_row(cells(row));
    }
    for goal in &results.missing {
        let peer = goal.peer.unwrap_or_default();
        let bound = format!("{} {}", goal.bound.sign(), goal.ship);
        table.add_row(vec![goal.name, "", "", "", peer, "", "", &bound, "", "not measured"]);
    }
    let met = results.rows.iter().filter(|row| row.met()).count();
    let all = results.rows.len() + results.missing.len();
    format!("{}\n{table}\n{met} of {all} goals met", results.machine.said())
}

fn cells(row: &Row) -> Vec<String> {
    let goal = &row.goal;
    let number = |value: f64| if goal.peer.is_some() { format!("{value:.2}") } else { figure(value) };
    vec![
        goal.name.to_owned(),
        row.unit.clone(),
        figure(row.ours),
        row.peer.map(figure).unwrap_or_default(),
        goal.peer.unwrap_or_default().to_owned(),
        goal.peer.map(|_| number(row.judged.median)).unwrap_or_default(),
        format!("{}–{}", number(row.judged.low), number(row.judged.high)),
        format!("{} {}", goal.bound.sign(), goal.ship),
        goal.aim.map(|aim| aim.to_string()).unwrap_or_default(),
        row.verdict().to_owned(),
    ]
}

/// What has no goal: medians, and ours as a multiple of each; `None` where there is nothing.
pub(super) fn of_further(results: &Results) -> Option<String> {
    let further = results.further();
    let mut table = new(&["WHAT", "UNIT", "BY", "MEDIAN", "OURS IS"], &[3, 4]);
    for measured in &further {
        for (place, series) in measured.series.iter().enumerate() {
            let first = place == 0;
            let ratio = measured.ratio(series).filter(|_| !first);
            table.add_row(vec![
                if first { measured.name.clone() } else { String::new() },
                if first { measured.unit.clone() } else { String::new() },
                series.name.clone(),
                figure(statistics::median(&series.rounds)),
                ratio.map(|ratio| format!("{:.2} ×", ratio.median)).unwrap_or_default(),
            ]);
        }
    }
    (!further.is_empty()).then(|| table.to_string())
}

fn new(headings: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(Cell::new));
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{of_further, of_rows};
    use crate::bench::{
        machine::Machine,
        measured::{Findings, Measured, Series},
        results::Results,
    };

    #[test]
    fn tables_say_what_was_measured_and_what_is_missing() {
        let series = |name: &str, value: f64| Series { name: name.to_owned(), rounds: vec![value; 5] };
        let findings = Findings::from(vec![
            Measured::new(
                "same node TCP ping-pong",
                "1/s",
                vec![series("causeway", 150_000.0), series("bridge", 120_000.0)],
            ),
            Measured::new("round trip", "us", vec![series("causeway", 6.5)]),
        ]);
        let results = Results::new(Machine::now(), String::new(), findings, &["local"]);
        let rows = of_rows(&results);
        for word in ["150,000", "120,000", "1.25", "≥ 1.18", "1.9", "met", "not measured", "1 of 2 goals met"]
        {
            assert!(rows.contains(word), "{word}: {rows}");
        }
        assert!(of_further(&results).is_some_and(|further| further.contains("6.50")));
    }
}
