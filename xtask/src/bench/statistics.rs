//! What is said of many rounds: a median, and how sure it is. Pure; chance is seeded, so that the same rounds give
//! the same words.

use rand::{Rng as _, SeedableRng as _, rngs::SmallRng};

/// Times that the rounds are drawn anew, to see how far the median moves.
const DRAWS: usize = 2_000;
const SEED: u64 = 0x00ca_05e3;

/// A median with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The median.
    pub(super) median: f64,
    /// Lower end of the interval that holds the median in 95 of 100 cases.
    pub(super) low: f64,
    /// Its upper end.
    pub(super) high: f64,
}

/// The median of some rounds with its interval (bootstrap by percentiles); `None` of none.
pub(super) fn estimate(values: &[f64]) -> Option<Estimate> {
    if values.is_empty() {
        return None;
    }
    let mut chance = SmallRng::seed_from_u64(SEED);
    let mut medians: Vec<f64> = (0..DRAWS).map(|_| median(&drawn(values, &mut chance))).collect();
    medians.sort_by(f64::total_cmp);
    Some(Estimate {
        median: median(values),
        low: of_sorted(&medians, 0.025),
        high: of_sorted(&medians, 0.975),
    })
}

/// As many values as there are, each any of them.
fn drawn(values: &[f64], chance: &mut SmallRng) -> Vec<f64> {
    values.iter().map(|_| values[chance.random_range(0..values.len())]).collect()
}

/// Each round's ratio: absolute figures drift from round to round, and their ratios do not.
pub(super) fn ratios(ours: &[f64], peer: &[f64]) -> Vec<f64> {
    ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect()
}

/// The middle value, or the mean of the two in the middle; 0 of none.
pub(super) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that this share of all is below, between the two nearest; 0 of none.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    of_sorted(&sorted, share)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a length is at least 0 and at most that length"
)]
fn of_sorted(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{estimate, median, quantile, ratios};

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_median_is_the_middle() {
        assert!(close(median(&[3.0, 1.0, 2.0]), 2.0));
        assert!(close(median(&[4.0, 1.0, 2.0, 3.0]), 2.5));
        assert!(close(median(&[]), 0.0));
    }

    #[test]
    fn quantiles_lie_between_the_nearest_values() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert!(close(quantile(&values, 0.99), 99.0));
        assert!(close(quantile(&[0.0, 10.0], 0.25), 2.5));
        assert!(close(quantile(&[7.0], 0.99), 7.0));
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        // Rounds drift tenfold; what is compared does not.
        let ratios = ratios(&[2.0, 20.0, 5.0], &[1.0, 10.0, 2.0]);
        assert!(close(median(&ratios), 2.0));
    }

    #[test]
    fn the_interval_holds_the_median_and_nothing_that_was_not_seen() {
        let values = [1.3, 1.41, 1.42, 1.43, 1.44, 1.46, 1.47, 1.48, 1.5, 1.52, 9.0];
        let seen = estimate(&values).unwrap();
        assert!(close(seen.median, 1.46));
        assert!(1.3 <= seen.low && seen.low < seen.median, "{seen:?}");
        assert!(seen.median < seen.high && seen.high < 9.0, "one wild round moves no interval: {seen:?}");
        assert_eq!(estimate(&values), Some(seen), "the same rounds, the same words");
    }

    #[test]
    fn equal_rounds_leave_no_doubt_and_none_no_figure() {
        let sure = estimate(&[2.0; 5]).unwrap();
        assert!(close(sure.low, 2.0) && close(sure.high, 2.0));
        assert_eq!(estimate(&[]), None);
    }
}
