//! The whole of a run: on what, the rows, and all that was measured, for other programs.

use serde_json::{Value, json};

use super::{
    goals::Goal,
    machine::Machine,
    measured::{Findings, Measured, Series},
    row::{self, Row},
    statistics,
};

/// The whole of a run.
pub(super) struct Results {
    /// What it was measured on.
    pub(super) machine: Machine,
    /// How it was asked for.
    pub(super) command: String,
    /// The rows with a goal.
    pub(super) rows: Vec<Row>,
    /// Goals whose figures are missing.
    pub(super) missing: Vec<&'static Goal>,
    /// All that was measured, those of the rows too.
    pub(super) findings: Findings,
}

impl Results {
    /// Judges what these groups found.
    pub(super) fn new(machine: Machine, command: String, findings: Findings, groups: &[&str]) -> Self {
        let (rows, missing) = row::rows(&findings.measured, groups);
        Self { machine, command, rows, missing, findings }
    }

    /// Things that no row is about.
    pub(super) fn apart(&self) -> impl Iterator<Item = &Measured> {
        let is_row = |measured: &Measured| self.rows.iter().any(|row| row.goal.name == measured.name);
        self.findings.measured.iter().filter(move |measured| !is_row(measured))
    }

    /// What has no goal: things that no row is about, and of those that one is about who is in no row.
    pub(super) fn further(&self) -> Vec<Measured> {
        self.findings.measured.iter().filter_map(|measured| self.rest(measured)).collect()
    }

    fn rest(&self, measured: &Measured) -> Option<Measured> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.goal.name == measured.name).collect();
        if rows.is_empty() {
            return Some(measured.clone());
        }
        let is_apart = |series: &&Series| rows.iter().all(|row| row.goal.peer != Some(&series.name));
        let others = measured.series.iter().skip(1).filter(is_apart);
        let series: Vec<Series> = measured.series.iter().take(1).chain(others).cloned().collect();
        (series.len() > 1).then(|| Measured { series, ..measured.clone() })
    }

    /// For other programs.
    pub(super) fn to_json(&self) -> Value {
        let mut machine = self.machine.to_json();
        machine["command"] = self.command.as_str().into();
        let missing = self.missing.iter().map(|goal| json!({"name": goal.name, "peer_name": goal.peer}));
        json!({
            "machine": machine,
            "rows": self.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
            "measured": self.findings.measured.iter().map(measured).collect::<Vec<_>>(),
            "curves": self.findings.curves,
        })
    }
}

fn measured(measured: &Measured) -> Value {
    let series = measured.series.iter().map(|series| {
        let ratio = measured.ratio(series).map(|ratio| ratio.median);
        let median = statistics::median(&series.rounds);
        json!({"name": series.name, "median": median, "ratio_of_ours": ratio, "rounds": series.rounds})
    });
    json!({"name": measured.name, "unit": measured.unit, "series": series.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::Results;
    use crate::bench::{
        machine::Machine,
        measured::{Findings, Measured, Series},
    };

    fn results() -> Results {
        let series = |name: &str, rounds: &[f64]| Series { name: name.to_owned(), rounds: rounds.to_vec() };
        let pairs = |name: &str| {
            Measured::new(
                name,
                "1/s",
                vec![series("causeway", &[130.0, 121.0]), series("bridge", &[100.0, 100.0])],
            )
        };
        let findings = Findings::from(vec![pairs("same node TCP ping-pong"), pairs("something else")]);
        Results::new(Machine::now(), "cargo xtask bench".to_owned(), findings, &["local"])
    }

    #[test]
    fn the_document_has_machine_and_rows() {
        let json = results().to_json();
        assert_eq!(json["machine"]["command"], "cargo xtask bench");
        let row = &json["rows"][0];
        for field in
            ["name", "unit", "ours", "peer", "peer_name", "ratio", "low", "high", "goal", "aim", "met"]
        {
            assert!(!row[field].is_null(), "{field}");
        }
        assert_eq!(json["missing"][0]["name"], "same node TCP 1 flow");
        assert_eq!(json["measured"][1]["series"][0]["rounds"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_has_no_goal_stands_apart() {
        let results = results();
        let further: Vec<_> = results.further().into_iter().map(|measured| measured.name).collect();
        assert_eq!(further, ["something else"]);
    }

    #[test]
    fn who_is_in_no_row_stands_apart_from_it() {
        let mut results = results();
        results.findings.measured[0].series.push(Series { name: "another".to_owned(), rounds: vec![1.0] });
        let further = results.further();
        let names: Vec<_> = further[0].series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["causeway", "another"]);
    }
}
