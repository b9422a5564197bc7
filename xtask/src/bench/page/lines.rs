//! What something costs against how much there is of something else: the number on a logarithmic axis, the cost on
//! one that begins at nothing.

use maud::{Markup, html};

use crate::bench::{
    measured::{Curve, Line},
    row::figure,
};

/// Sizes, in the units of the plot.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 130.0;
const BELOW: f64 = 40.0;
const ABOVE: f64 = 12.0;
/// Lines across.
const STEPS: u32 = 4;
/// Colours that the style has.
const COLOURS: usize = 4;

/// Where numbers and costs are in the plot.
struct Axes {
    first: f64,
    decades: f64,
    top: f64,
}

impl Axes {
    fn of(curve: &Curve) -> Self {
        let points = || curve.lines.iter().flat_map(|line| &line.points);
        let numbers = || points().map(|(number, _)| number.max(1.0).log10());
        let (first, last) = (numbers().fold(f64::MAX, f64::min), numbers().fold(0.0, f64::max));
        let most = points().map(|(_, cost)| *cost).fold(0.0, f64::max);
        let first = first.min(last);
        Self { first, decades: (last - first).max(1.0), top: rounded_up(most) }
    }

    fn x(&self, number: f64) -> f64 {
        let share = (number.max(1.0).log10() - self.first) / self.decades;
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, cost: f64) -> f64 {
        HEIGHT - BELOW - cost / self.top * (HEIGHT - BELOW - ABOVE)
    }
}

/// The next number that begins with 1, 2, 4 or 8.
fn rounded_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let decade = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 4.0, 8.0]
        .map(|first| first * decade)
        .into_iter()
        .find(|top| *top >= most)
        .unwrap_or(decade * 10.0)
}

/// The plot of a curve.
pub(super) fn plot(curve: &Curve) -> Markup {
    let axes = Axes::of(curve);
    html! {
        figure {
            figcaption { (curve.name) " " span { (curve.unit) } }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(curve.name) {
                @for step in 0..=STEPS { (across(&axes, axes.top * f64::from(step) / f64::from(STEPS))) }
                @for number in numbers(curve) {
                    text.faint.middle x=(format!("{:.1}", axes.x(number))) y=(HEIGHT - BELOW + 18.0) { (short(number)) }
                }
                text.faint.middle x=(LEFT + (WIDTH - LEFT - RIGHT) / 2.0) y=(HEIGHT - 6.0) { (curve.of) }
                @for (place, line) in curve.lines.iter().enumerate() { (one(&axes, line, place % COLOURS)) }
            }
        }
    }
}

fn across(axes: &Axes, cost: f64) -> Markup {
    let y = format!("{:.1}", axes.y(cost));
    html! {
        line.rule x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
        text.faint.end x=(LEFT - 8.0) y=(format!("{:.1}", axes.y(cost) + 4.0)) { (figure(cost)) }
    }
}

fn one(axes: &Axes, line: &Line, colour: usize) -> Markup {
    let at = |(number, cost): &(f64, f64)| format!("{:.1},{:.1}", axes.x(*number), axes.y(*cost));
    let path: Vec<String> = line.points.iter().map(at).collect();
    html! {
        polyline class=(format!("line c{colour}")) points=(path.join(" ")) {}
        @for (number, cost) in &line.points {
            circle class=(format!("d{colour}")) r="3" cx=(format!("{:.1}", axes.x(*number)))
                cy=(format!("{:.1}", axes.y(*cost))) { title { (short(*number)) ": " (figure(*cost)) } }
        }
        @if let Some((number, cost)) = line.points.last() {
            text class=(format!("d{colour}")) x=(format!("{:.1}", axes.x(*number) + 8.0))
                y=(format!("{:.1}", axes.y(*cost) + 4.0)) { (line.name) }
        }
    }
}

/// All numbers that there is a point for.
fn numbers(curve: &Curve) -> Vec<f64> {
    let mut numbers: Vec<f64> =
        curve.lines.iter().flat_map(|line| &line.points).map(|(number, _)| *number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

/// A large number in few letters.
fn short(number: f64) -> String {
    match number {
        _ if number >= 1e6 => format!("{} M", number / 1e6),
        _ if number >= 1e3 => format!("{} k", number / 1e3),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{rounded_up, short};

    #[test]
    fn axes_end_at_round_numbers() {
        for (most, top) in [(146.0, 200.0), (68.0, 80.0), (81.0, 100.0), (0.3, 0.4), (0.0, 1.0), (8.0, 8.0)] {
            assert!((rounded_up(most) - top).abs() < 1e-9, "{most}");
        }
    }

    #[test]
    fn large_numbers_are_short() {
        assert_eq!([1.0, 1_000.0, 60_000.0, 1_048_576.0].map(short), ["1", "1 k", "60 k", "1.048576 M"]);
    }
}
