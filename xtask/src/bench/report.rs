//! Medians and ratios: ratios are taken within a round, for absolute figures drift.

use std::fmt;

use serde_json::{Value, json};

/// Rounds of one road, or of one who does it.
#[derive(Debug, Default)]
pub(crate) struct Series {
    /// The road.
    pub(crate) name: &'static str,
    /// Each round's figure, in the report's unit.
    pub(crate) rounds: Vec<f64>,
}

/// What was measured; the first series is what the others are compared with.
#[derive(Debug)]
pub(crate) struct Report {
    /// What it is, with its goal.
    pub(crate) title: &'static str,
    /// What the series are, heading their names.
    pub(crate) what: &'static str,
    /// Of all figures.
    pub(crate) unit: &'static str,
    /// One a road.
    pub(crate) series: Vec<Series>,
}

impl Report {
    /// For other programs.
    pub(crate) fn to_json(&self) -> Value {
        let rows = self.series.iter().map(|series| {
            json!({"name": series.name, "median": median(&series.rounds), "ratio": self.ratio(series), "rounds": series.rounds})
        });
        json!({"title": self.title, "unit": self.unit, "series": rows.collect::<Vec<_>>()})
    }

    /// Median of the rounds' ratios to the first series.
    fn ratio(&self, series: &Series) -> f64 {
        let pairs = series.rounds.iter().zip(&self.series[0].rounds);
        median(&pairs.map(|(this, first)| this / first).collect::<Vec<_>>())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let median_heading = format!("MEDIAN {}", self.unit);
        writeln!(f, "{:<24} {median_heading:>10} {:>8}", self.what, "RATIO")?;
        for series in &self.series {
            writeln!(f, "{:<24} {:>10.2} {:>7.2}x", series.name, median(&series.rounds), self.ratio(series))?;
        }
        Ok(())
    }
}

/// The middle value, or the mean of the two in the middle; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Series, median};

    #[test]
    fn the_median_is_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let first = Series { name: "first", rounds: vec![1.0, 10.0, 2.0] };
        let second = Series { name: "second", rounds: vec![2.0, 20.0, 5.0] };
        let report = Report { title: "t", what: "ROAD", unit: "us", series: vec![first, second] };
        assert!((report.ratio(&report.series[1]) - 2.0).abs() < 1e-9);
        assert!(report.to_string().contains("2.00x"));
    }
}
