//! What was measured, under the names that the bench's goals have for it.

use std::collections::BTreeMap;

use causeway::kernel::Load;
use serde_json::{Value, json};

use crate::{NODES, live::Rate};

/// What the bench calls ours, and its peers.
const OURS: &str = "causeway";
const NFTABLES: &str = "nftables";
const SMALL: &str = "10 services, 10 endpoints";
const IN_C: &str = "C by clang";
const REFLECTED: &str = "sent back only";
/// Nodes by what they are for: the one that is like Katran's here, and those that are compared by their size.
const ONE: usize = 0;
const SMALLEST: usize = 1;
const LARGEST: usize = 2;
/// Conversations where sizes are compared.
const MANY: u32 = 800_000;

/// Figures by whose they are.
type Series = Vec<(String, Vec<f64>)>;

/// Every round's figures: what, in which unit, whose.
#[derive(Default)]
pub(crate) struct Figures {
    rounds: BTreeMap<(String, &'static str), Series>,
    /// Node, conversations: ns.
    by_size: BTreeMap<(usize, u32), Vec<f64>>,
}

impl Figures {
    fn note(&mut self, what: &str, unit: &'static str, whose: &str, figure: f64) {
        let all = self.rounds.entry((what.to_owned(), unit)).or_default();
        match all.iter_mut().find(|(name, _)| name == whose) {
            Some((_, rounds)) => rounds.push(figure),
            None => all.push((whose.to_owned(), vec![figure])),
        }
    }

    /// By test-run, ns: the road, net of the harness, and the harness.
    pub(crate) fn of_road(&mut self, node: usize, load: Load, road: f64, nothing: f64) {
        let flows = load.flows;
        if !load.answers && !load.opens {
            self.by_size.entry((node, flows)).or_default().push(road);
        }
        match (node, flows) {
            (ONE, _) => {
                let name = format!("mesh program, {}", conversations(flows));
                self.note(&name, "ns", OURS, road);
                self.note(&name, "ns", "the harness without it", nothing);
            }
            (LARGEST, MANY) => self.note(BY_SIZE, "ns", OURS, road),
            (SMALLEST, MANY) => self.note(BY_SIZE, "ns", SMALL, road),
            (_, MANY) => {}
            _ => self.note(&format!("mesh program, {}", said(node, load)), "ns", OURS, road),
        }
    }

    /// The same steps in Rust and in C, ns.
    pub(crate) fn of_twin(&mut self, ours: f64, twins: f64) {
        self.note("mesh program, time", "ns", OURS, ours);
        self.note("mesh program, time", "ns", IN_C, twins);
    }

    /// The same, in instructions: each round has the same.
    pub(crate) fn of_instructions(&mut self, ours: f64, twins: f64) {
        self.note("mesh program, instructions", "insns", OURS, ours);
        self.note("mesh program, instructions", "insns", IN_C, twins);
    }

    /// By live frames, millions a second: through the road, and sent back only.
    pub(crate) fn of_live(&mut self, node: usize, load: Load, passed: Rate, reflected: Rate) {
        let name = if node == ONE {
            native(load.flows)
        } else {
            format!("mesh native XDP packets, {}", said(node, load))
        };
        self.note(&name, "M/s", OURS, passed);
        self.note(&name, "M/s", REFLECTED, reflected);
    }

    /// Netfilter's, millions a second.
    pub(crate) fn of_router(&mut self, flows: u32, rate: Rate) {
        self.note(&native(flows), "M/s", NFTABLES, rate);
    }

    /// All of it, as the bench reads it.
    pub(crate) fn told(&self) -> Value {
        let measured = self.rounds.iter().map(|((name, unit), series)| {
            // Ours first, whoever was measured first.
            let mut series: Vec<_> = series.iter().collect();
            series.sort_by_key(|(whose, _)| whose != OURS);
            let series = series.iter().map(|(whose, rounds)| json!({"name": whose, "rounds": rounds}));
            json!({"name": name, "unit": unit, "series": series.collect::<Vec<_>>()})
        });
        json!({"measured": measured.collect::<Vec<_>>(), "curves": self.curves()})
    }

    fn curves(&self) -> Value {
        let lines =
            |which: &[usize]| -> Vec<Value> { which.iter().filter_map(|node| self.line(*node)).collect() };
        let sizes: Vec<Value> = self
            .by_size
            .iter()
            .filter(|((node, flows), _)| *node != ONE && *flows == MANY)
            .map(|((node, _), rounds)| json!([NODES[*node].1.services, median(rounds)]))
            .collect();
        let mut sizes = sizes;
        sizes.sort_by_key(|point| point[0].as_u64());
        json!([
            {"name": "mesh program", "unit": "ns", "of": "conversations", "lines": lines(&[ONE, SMALLEST, LARGEST])},
            {"name": "mesh program, 800,000 conversations", "unit": "ns", "of": "services",
             "lines": [{"name": OURS, "points": sizes}]},
        ])
    }

    fn line(&self, node: usize) -> Option<Value> {
        let points: Vec<Value> = self
            .by_size
            .range((node, 0)..=(node, u32::MAX))
            .map(|((_, flows), rounds)| json!([flows, median(rounds)]))
            .collect();
        (!points.is_empty()).then(|| json!({"name": NODES[node].0, "points": points}))
    }
}

/// What is compared by size.
const BY_SIZE: &str = "mesh program, 10,000 services, 1,000,000 endpoints";

fn native(flows: u32) -> String {
    format!("mesh native XDP packets, {}", conversations(flows))
}

fn conversations(flows: u32) -> String {
    format!("{} flow{}", grouped(flows), if flows == 1 { "" } else { "s" })
}

/// A load that no goal is about.
fn said(node: usize, load: Load) -> String {
    let what = match load {
        Load { answers: true, .. } => "answers",
        Load { opens: true, .. } => "SYN",
        _ => "established",
    };
    format!("{}, {what}, {} flows", NODES[node].0, grouped(load.flows))
}

/// Thousands apart.
fn grouped(number: u32) -> String {
    match (number / 1_000_000, number / 1_000 % 1_000, number % 1_000) {
        (0, 0, ones) => ones.to_string(),
        (0, thousands, ones) => format!("{thousands},{ones:03}"),
        (millions, thousands, ones) => format!("{millions},{thousands:03},{ones:03}"),
    }
}

fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use causeway::kernel::Load;

    use super::{Figures, grouped, native};

    #[test]
    fn rows_have_the_names_of_the_goals() {
        assert_eq!(native(1), "mesh native XDP packets, 1 flow");
        assert_eq!(native(60_000), "mesh native XDP packets, 60,000 flows");
        assert_eq!([7, 1_024, 800_000, 1_048_576].map(grouped), ["7", "1,024", "800,000", "1,048,576"]);
    }

    #[test]
    fn ours_comes_first_whoever_was_measured_first() {
        let mut figures = Figures::default();
        let load = Load { services: 10, flows: 800_000, opens: false, answers: false };
        figures.of_road(1, load, 68.0, 9.0);
        figures.of_road(2, load, 99.0, 9.0);
        let told = figures.told();
        let series = &told["measured"].as_array().expect("a list")[0]["series"];
        assert_eq!(
            (&series[0]["name"], &series[1]["name"]),
            (&"causeway".into(), &"10 services, 10 endpoints".into())
        );
    }
}
