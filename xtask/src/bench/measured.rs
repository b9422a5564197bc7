//! What was measured: of each thing, every contender's figure of every round, the first contender being Causeway.

use serde::{Deserialize, Serialize};

use super::statistics::{self, Estimate};

/// The name of ours, in every report.
pub(super) const OURS: &str = "causeway";

/// One contender's figures, one a round.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Series {
    /// Who it is.
    pub(super) name: String,
    /// Its figures.
    pub(super) rounds: Vec<f64>,
}

impl Series {
    /// Nothing measured yet.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), rounds: Vec::new() }
    }
}

/// One thing, measured of several.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Measured {
    /// What it is; goals are about it by this name.
    pub(super) name: String,
    /// Of all figures.
    pub(super) unit: String,
    /// One a contender, ours first.
    pub(super) series: Vec<Series>,
}

impl Measured {
    /// Names what was measured.
    pub(super) fn new(name: &str, unit: &str, series: Vec<Series>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), series }
    }

    /// Ours.
    pub(super) fn ours(&self) -> &[f64] {
        self.series.first().map_or(&[], |series| &series.rounds)
    }

    /// A peer's figures.
    pub(super) fn of(&self, peer: &str) -> Option<&[f64]> {
        self.series.iter().find(|series| series.name == peer).map(|series| series.rounds.as_slice())
    }

    /// Ours as a multiple of a contender's.
    pub(super) fn ratio(&self, peer: &Series) -> Option<Estimate> {
        statistics::estimate(&statistics::ratios(self.ours(), &peer.rounds))
    }
}

/// What something costs against how much there is of something else.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Curve {
    /// What it is.
    pub(super) name: String,
    /// Of the cost.
    pub(super) unit: String,
    /// What there is more and more of.
    pub(super) of: String,
    /// One a contender, or a way.
    pub(super) lines: Vec<Line>,
}

/// One line of a curve.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Line {
    /// Whose it is.
    pub(super) name: String,
    /// How many, and what it costs then.
    pub(super) points: Vec<(f64, f64)>,
}

/// All that a group of benches found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Findings {
    /// Rows, and further figures.
    pub(super) measured: Vec<Measured>,
    /// Costs against numbers.
    #[serde(default)]
    pub(super) curves: Vec<Curve>,
}

impl Findings {
    /// Takes another's.
    pub(super) fn append(&mut self, mut other: Self) {
        self.measured.append(&mut other.measured);
        self.curves.append(&mut other.curves);
    }
}

impl From<Vec<Measured>> for Findings {
    fn from(measured: Vec<Measured>) -> Self {
        Self { measured, curves: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Measured, Series};

    #[test]
    fn ours_is_the_first_and_peers_are_known_by_name() {
        let series = |name: &str, rounds: &[f64]| Series { name: name.to_owned(), rounds: rounds.to_vec() };
        let all = vec![series("causeway", &[4.0, 40.0]), series("docker", &[2.0, 20.0])];
        let measured = Measured::new("overlay TCP ping-pong", "1/s", all);
        assert_eq!(measured.ours(), [4.0, 40.0]);
        assert_eq!(measured.of("docker"), Some(&[2.0, 20.0][..]));
        assert_eq!(measured.of("nobody"), None);
        assert!((measured.ratio(&measured.series[1]).unwrap().median - 2.0).abs() < 1e-9);
    }
}
