//! Rounds: in each, everybody is measured once, in an order that chance decides, so that what disturbs a while
//! disturbs all alike and nobody is always first.

use anyhow::{Context as _, Result};
use causeway_lab::stop;
use rand::seq::SliceRandom as _;

use super::{
    measured::{Measured, Series},
    progress::Progress,
};

/// Rounds that may be thrown away before it is said that it does not work.
const MOST_REFUSED: usize = 3;

/// How often, and who hears of it.
#[derive(Clone, Copy)]
pub(super) struct Rounds<'p> {
    /// How many count.
    pub(super) count: usize,
    /// Who hears how far it is.
    pub(super) progress: &'p Progress,
}

/// A figure that each contender has in each round: its name and its unit.
pub(super) type Figure = (&'static str, &'static str);

impl Rounds<'_> {
    /// Measures every contender in every round; `once` gives one's figures, in the order of `figures`. A round in
    /// which one of them fails is thrown away as a whole, and made again.
    ///
    /// # Errors
    /// If rounds fail again and again, or somebody wishes to stop.
    pub(super) fn measure(
        &self,
        figures: &[Figure],
        names: &[&str],
        mut once: impl FnMut(usize) -> Result<Vec<f64>>,
    ) -> Result<Vec<Measured>> {
        let series = || names.iter().map(|name| Series::new(name)).collect();
        let mut all: Vec<Measured> =
            figures.iter().map(|(name, unit)| Measured::new(name, unit, series())).collect();
        let mut refused = 0;
        self.progress.begin(figures.first().map_or("", |(name, _)| name), self.count);
        for _ in 0..self.count {
            let round = loop {
                match one(names, &mut once) {
                    Ok(round) => break round,
                    Err(error) if refused < MOST_REFUSED => {
                        stop::check()?;
                        refused += 1;
                        self.progress.say(&format!("a round is made again: {error:#}"));
                    }
                    Err(error) => return Err(error),
                }
            };
            note(&mut all, &round);
            self.progress.step();
        }
        Ok(all)
    }
}

/// One round: each contender's figures, in the order of the names.
fn one(names: &[&str], once: &mut impl FnMut(usize) -> Result<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.shuffle(&mut rand::rng());
    let mut round = vec![Vec::new(); names.len()];
    for who in order {
        stop::check()?;
        round[who] = once(who).with_context(|| names[who].to_owned())?;
    }
    Ok(round)
}

fn note(all: &mut [Measured], round: &[Vec<f64>]) {
    for (which, measured) in all.iter_mut().enumerate() {
        for (series, figures) in measured.series.iter_mut().zip(round) {
            series.rounds.extend(figures.get(which));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use anyhow::bail;

    use super::Rounds;
    use crate::bench::progress::Progress;

    const FIGURES: &[(&str, &str)] = &[("rate", "1/s"), ("time", "us")];

    #[test]
    fn everybody_has_as_many_figures_as_there_are_rounds() {
        let progress = Progress::hidden();
        let rounds = Rounds { count: 7, progress: &progress };
        let all = rounds.measure(FIGURES, &["a", "b", "c"], |who| Ok(vec![who as f64, 10.0])).unwrap();
        assert_eq!(all.len(), 2);
        for (who, series) in all[0].series.iter().enumerate() {
            assert_eq!(series.rounds, vec![who as f64; 7]);
        }
        assert_eq!(all[1].series[2].rounds, [10.0; 7]);
    }

    #[test]
    fn a_round_with_a_failure_counts_for_nobody() {
        let progress = Progress::hidden();
        let (rounds, mut calls) = (Rounds { count: 5, progress: &progress }, 0);
        let once = |who| {
            calls += 1;
            if calls == 4 {
                bail!("lost");
            }
            Ok(vec![who as f64, 0.0])
        };
        let all = rounds.measure(FIGURES, &["a", "b"], once).unwrap();
        assert!(all[0].series.iter().all(|series| series.rounds.len() == 5));
    }

    #[test]
    fn what_always_fails_is_an_error() {
        let progress = Progress::hidden();
        let rounds = Rounds { count: 5, progress: &progress };
        let error = rounds.measure(FIGURES, &["a"], |_| bail!("no answer")).unwrap_err();
        assert_eq!(format!("{error:#}"), "a: no answer");
    }
}
