//! The report as a page for a browser: self-contained, light or dark as the reader's system is. Text is escaped by
//! `maud`; the plots are SVG within the page and take their colours from its style.

mod bars;
mod lines;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    measured::Measured,
    results::Results,
    row::{Row, figure},
};

const STYLE: &str = include_str!("page/style.css");

/// The whole page.
pub(super) fn page(results: &Results) -> String {
    let met = results.rows.iter().filter(|row| row.met()).count();
    let all = results.rows.len() + results.missing.len();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Causeway: what it costs" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Causeway: what it costs" }
                    p { (results.machine.said()) }
                    p { code { (results.command) } }
                    p.score { b { (met) } " of " b { (all) } " goals met" }
                }
                main {
                    (table(results))
                    @if !results.findings.curves.is_empty() {
                        h2 { "Cost against number" }
                        div.plots { @for curve in &results.findings.curves { (lines::plot(curve)) } }
                    }
                    h2 { "Rows" }
                    p.note { "Bars are medians; the line over each goes from the lowest round to the highest." }
                    div.plots { @for name in names(results) { (of_row(results, name)) } }
                    h2 { "Further figures" }
                    div.plots { @for measured in results.apart() { (bars::plot(measured, &[])) } }
                }
            }
        }
    }
    .into_string()
}

/// What rows are about, each once.
fn names(results: &Results) -> Vec<&'static str> {
    let mut names: Vec<_> = results.rows.iter().map(|row| row.goal.name).collect();
    names.dedup();
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    names
}

fn of_row(results: &Results, name: &str) -> Markup {
    let rows: Vec<&Row> = results.rows.iter().filter(|row| row.goal.name == name).collect();
    let measured = results.findings.measured.iter().find(|measured: &&Measured| measured.name == name);
    html! { @if let Some(measured) = measured { (bars::plot(measured, &rows)) } }
}

fn table(results: &Results) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th { "What" } th { "Unit" } th.n { "Ours" } th.n { "Peer" } th { "Against" } th.n { "Ratio" }
                th.n { "95 %" } th.n { "Goal" } th.n { "Aim" } th { "" }
            } }
            tbody {
                @for row in &results.rows { (line(row)) }
                @for goal in &results.missing {
                    tr {
                        td { (goal.name) } td {} td {} td {} td { (goal.peer.unwrap_or_default()) } td {} td {}
                        td.n { (goal.bound.sign()) " " (goal.ship) } td {} td.missing { "not measured" }
                    }
                }
            }
        } }
    }
}

fn line(row: &Row) -> Markup {
    let goal = &row.goal;
    let number = |value: f64| if goal.peer.is_some() { format!("{value:.2}") } else { figure(value) };
    html! {
        tr {
            td { (goal.name) } td { (row.unit) } td.n { (figure(row.ours)) }
            td.n { @if let Some(peer) = row.peer { (figure(peer)) } }
            td { (goal.peer.unwrap_or("a figure")) }
            td.n { @if goal.peer.is_some() { b { (number(row.judged.median)) } } }
            td.n { (number(row.judged.low)) "–" (number(row.judged.high)) }
            td.n { (goal.bound.sign()) " " (goal.ship) }
            td.n { @if let Some(aim) = goal.aim { (aim) } }
            td class=(class(row)) { (row.verdict()) }
        }
    }
}

/// The class of what is said of a row.
fn class(row: &Row) -> &'static str {
    if row.met() { "met" } else { "missed" }
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::bench::{
        machine::Machine,
        measured::{Curve, Findings, Line, Measured, Series},
        results::Results,
    };

    fn written() -> String {
        let series =
            |name: &str, value: f64| Series { name: name.to_owned(), rounds: vec![value, value * 1.1] };
        let mut findings = Findings::from(vec![
            Measured::new(
                "same node TCP ping-pong",
                "1/s",
                vec![series("causeway", 150_000.0), series("bridge", 120_000.0)],
            ),
            Measured::new("<script>\"&", "us", vec![series("a < b", 6.5), series("nobody", 0.0)]),
        ]);
        let line = Line { name: "road & all".to_owned(), points: vec![(1.0, 40.0), (1_000_000.0, 90.0)] };
        findings.curves.push(Curve {
            name: "program".to_owned(),
            unit: "ns".to_owned(),
            of: "flows".to_owned(),
            lines: vec![line],
        });
        page(&Results::new(Machine::now(), "bench --only <x>".to_owned(), findings, &["local"]))
    }

    #[test]
    fn names_are_escaped_in_text_and_plots() {
        let page = written();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
        assert!(
            page.contains("a &lt; b") && page.contains("road &amp; all") && page.contains("--only &lt;x&gt;")
        );
    }

    #[test]
    fn the_page_asks_nobody_else_for_anything() {
        let page = written();
        for word in ["http", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn no_plot_has_a_number_that_is_none() {
        let page = written();
        assert!(!page.contains("NaN") && !page.contains("inf\""));
        assert_eq!(page.matches("<svg").count(), 3);
    }
}
