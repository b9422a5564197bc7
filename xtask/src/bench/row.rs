//! A goal, and what was measured of it.

use serde_json::{Value, json};

use super::{
    goals::{Bound, GOALS, Goal},
    measured::Measured,
    statistics::{self, Estimate, estimate},
};

/// A goal with what was measured.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The goal.
    pub(super) goal: Goal,
    /// What its figures are in.
    pub(super) unit: String,
    /// Median of ours.
    pub(super) ours: f64,
    /// Median of the peer's; `None` where the goal is a figure.
    pub(super) peer: Option<f64>,
    /// What the goal is about: the ratio, or ours.
    pub(super) judged: Estimate,
}

impl Row {
    /// A goal's row, where it was measured.
    fn of(goal: &Goal, measured: &[Measured]) -> Option<Self> {
        let measured = measured.iter().find(|measured| measured.name == goal.name)?;
        let ours = measured.ours();
        let (peer, judged) = match goal.peer {
            None => (None, estimate(ours)?),
            Some(name) => {
                let peer = measured.of(name)?;
                (Some(statistics::median(peer)), estimate(&statistics::ratios(ours, peer))?)
            }
        };
        let unit = measured.unit.clone();
        Some(Self { goal: *goal, unit, ours: statistics::median(ours), peer, judged })
    }

    /// Whether it ships.
    pub(super) fn met(&self) -> bool {
        self.goal.bound.holds(self.judged.median, self.goal.ship)
    }

    /// Whether it is where the work aims at.
    pub(super) fn reached(&self) -> bool {
        self.goal.aim.is_some_and(|aim| self.goal.bound.holds(self.judged.median, aim))
    }

    /// Whether even the worse end of the interval ships.
    pub(super) fn surely(&self) -> bool {
        let worse = match self.goal.bound {
            Bound::AtLeast => self.judged.low,
            Bound::AtMost => self.judged.high,
        };
        self.goal.bound.holds(worse, self.goal.ship)
    }

    /// In one word, or three.
    pub(super) fn verdict(&self) -> &'static str {
        match (self.met(), self.surely(), self.reached()) {
            (true, _, true) => "met, and the aim",
            (true, true, false) => "met",
            (true, false, false) => "met, not surely",
            (false, ..) => "missed",
        }
    }

    /// For other programs. `low` and `high` are of the ratio, or of ours where the goal is a figure (`of`).
    pub(super) fn to_json(&self) -> Value {
        let (goal, judged) = (&self.goal, &self.judged);
        json!({
            "name": goal.name, "group": goal.group, "unit": self.unit, "ours": self.ours,
            "peer": self.peer, "peer_name": goal.peer, "ratio": goal.peer.map(|_| judged.median),
            "low": judged.low, "high": judged.high,
            "of": if goal.peer.is_some() { "ratio" } else { "figure" },
            "bound": goal.bound.sign(), "goal": goal.ship, "aim": goal.aim,
            "met": self.met(), "surely": self.surely(),
        })
    }
}

/// The rows of all goals that were measured, and the goals of these groups that were not.
pub(super) fn rows(measured: &[Measured], groups: &[&str]) -> (Vec<Row>, Vec<&'static Goal>) {
    let asked = GOALS.iter().filter(|goal| groups.contains(&goal.group));
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for goal in asked {
        match Row::of(goal, measured) {
            Some(row) => rows.push(row),
            None => missing.push(goal),
        }
    }
    (rows, missing)
}

/// A figure as people read it, with three digits that count.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1e4 => grouped(value),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Thousands apart.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{figure, rows};
    use crate::bench::measured::{Measured, Series};

    fn measured(name: &str, series: &[(&str, &[f64])]) -> Measured {
        let series =
            series.iter().map(|(name, rounds)| Series { name: (*name).to_owned(), rounds: rounds.to_vec() });
        Measured::new(name, "1/s", series.collect())
    }

    #[test]
    fn a_ratio_is_judged_by_its_median_in_the_rounds() {
        let ours: &[f64] = &[120.0, 300.0, 121.0];
        let peers: &[f64] = &[100.0, 260.0, 100.0];
        let all = [measured("same node TCP ping-pong", &[("causeway", ours), ("bridge", peers)])];
        let (rows, missing) = rows(&all, &["local"]);
        assert_eq!(missing.len(), 1, "the other goal of the group");
        let json = rows[0].to_json();
        assert!((json["ratio"].as_f64().unwrap() - 1.2).abs() < 1e-9);
        assert!(json["low"].as_f64().unwrap() < 1.2 && json["high"].as_f64().unwrap() > 1.2);
        assert_eq!(json["met"], true);
        assert_eq!(json["surely"], false, "one round was below");
        assert_eq!((&json["peer_name"], &json["bound"]), (&"bridge".into(), &"≥".into()));
        assert!((json["ours"].as_f64().unwrap() - 121.0).abs() < 1e-9);
        assert_eq!(rows[0].verdict(), "met, not surely");
    }

    #[test]
    fn a_figure_is_judged_by_itself_and_has_no_peer() {
        let all = [measured("detach a container", &[("causeway", &[3.5; 5]), ("CNI bridge", &[30.0; 5])])];
        let (rows, _) = rows(&all, &["attach"]);
        let json = rows[0].to_json();
        assert!(json["peer"].is_null() && json["ratio"].is_null() && json["peer_name"].is_null());
        assert_eq!((&json["of"], &json["met"]), (&"figure".into(), &false.into()));
        assert_eq!(rows[0].verdict(), "missed");
    }

    #[test]
    fn a_goal_without_its_peer_is_not_measured() {
        let all = [measured("same node TCP ping-pong", &[("causeway", &[1.0])])];
        assert_eq!(rows(&all, &["local"]).0.len(), 0);
    }

    #[test]
    fn figures_have_three_digits_that_count() {
        for (value, text) in [
            (0.0481, "0.048"),
            (1.4, "1.40"),
            (68.26, "68.3"),
            (212.4, "212"),
            (91_234.5, "91,234"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(figure(value), text);
        }
    }
}
