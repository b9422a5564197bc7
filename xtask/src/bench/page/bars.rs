//! A bar a contender, as long as its median, with a line over it from its lowest round to its highest.

use maud::{Markup, html};

use super::class;
use crate::bench::{
    measured::{Measured, Series},
    row::{Row, figure},
    statistics::{median, quantile},
};

/// Sizes, in the units of the plot.
const WIDTH: f64 = 560.0;
const NAMES: f64 = 190.0;
const NUMBERS: f64 = 80.0;
const STEP: f64 = 26.0;
const BAR: f64 = 14.0;

/// One bar.
struct Bar<'m> {
    series: &'m Series,
    /// Its upper edge.
    top: f64,
    /// Lengths of the median, the lowest and the highest round.
    length: f64,
    low: f64,
    high: f64,
}

/// What was measured, and what is said of its goals.
pub(super) fn plot(measured: &Measured, rows: &[&Row]) -> Markup {
    let most = measured.series.iter().map(|series| quantile(&series.rounds, 1.0)).fold(0.0, f64::max);
    let scale = if most > 0.0 { (WIDTH - NAMES - NUMBERS) / most } else { 0.0 };
    let bars = measured.series.iter().enumerate().map(|(place, series)| Bar {
        series,
        top: place as f64 * STEP + 6.0,
        length: median(&series.rounds) * scale,
        low: quantile(&series.rounds, 0.0) * scale,
        high: quantile(&series.rounds, 1.0) * scale,
    });
    let height = measured.series.len() as f64 * STEP + 6.0;
    html! {
        figure {
            figcaption { (measured.name) " " span { (measured.unit) } }
            svg viewBox=(format!("0 0 {WIDTH} {height:.0}")) role="img" aria-label=(measured.name) {
                @for (place, bar) in bars.enumerate() { (one(&bar, place == 0)) }
            }
            @for row in rows { (said(row)) }
        }
    }
}

fn one(bar: &Bar<'_>, ours: bool) -> Markup {
    let (middle, text) = (bar.top + BAR / 2.0, bar.top + BAR - 3.0);
    let at = |length: f64| format!("{:.1}", NAMES + length);
    html! {
        text.end x=(NAMES - 8.0) y=(text) { (bar.series.name) }
        rect class=(if ours { "ours" } else { "peer" }) x=(NAMES) y=(bar.top) height=(BAR) rx="2"
            width=(format!("{:.1}", bar.length)) {}
        line.spread x1=(at(bar.low)) x2=(at(bar.high)) y1=(middle) y2=(middle) {}
        text x=(at(bar.high + 8.0)) y=(text) { (figure(median(&bar.series.rounds))) }
    }
}

/// The goal, and whether it is met.
fn said(row: &Row) -> Markup {
    let (goal, judged) = (&row.goal, &row.judged);
    html! {
        p {
            @if let Some(peer) = goal.peer {
                (format!("{:.2} × {peer} ({:.2}–{:.2}), ", judged.median, judged.low, judged.high))
            }
            "goal " (goal.bound.sign()) " " (goal.ship) ": "
            span class=(class(row)) { (row.verdict()) }
        }
    }
}
