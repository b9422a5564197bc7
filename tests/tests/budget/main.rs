//! What the programs cost: instructions that the verifier walks, size, and no byte-wise copies.

mod object;

use std::collections::{BTreeMap, BTreeSet};

use causeway::kernel::{Hook, SOCKET_HOOKS};
use causeway_common::{
    Road,
    names::{FROM_DRIVER, FROM_WIRE, THROUGH_LO},
};
use causeway_tests::dataplane::Fixture;
use serde::Deserialize;

/// Growth over the blessed figure that still passes.
const TOLERANCE: f64 = 1.2;

/// What a program may cost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    instructions: u32,
    bytes: u32,
}

fn budgets() -> BTreeMap<String, Budget> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/budget.toml");
    let text = std::fs::read_to_string(path).expect("tests/budget.toml is committed");
    toml::from_str(&text).expect("tests/budget.toml has a table a program")
}

/// Every program: of hooks, of roads, some of both, those that see socket calls, the one on `lo` and the
/// two on the wire.
fn programs() -> BTreeSet<&'static str> {
    let roads = Road::ALL.iter().map(|road| road.name());
    let hooks = Hook::ALL.iter().map(|hook| hook.name());
    hooks.chain(roads).chain(SOCKET_HOOKS).chain([THROUGH_LO, FROM_WIRE, FROM_DRIVER]).collect()
}

/// A sentence where the cost is beyond the budget.
fn exceeded(program: &str, what: &str, cost: u32, budget: u32) -> Option<String> {
    (f64::from(cost) > f64::from(budget) * TOLERANCE)
        .then(|| format!("{program}: {cost} {what}, blessed were {budget}"))
}

#[test]
fn programs_stay_within_their_budgets() {
    let (mut fixture, budgets) = (Fixture::new().expect("root, and programs that load"), budgets());
    fixture.load_lo().expect("this kernel has what it needs");
    let mut failures = Vec::new();
    let programs = programs();
    for program in &programs {
        let facts = fixture.program_facts(program).expect("the kernel knows its programs");
        println!("{program}: {} instructions, {} bytes", facts.verified_instructions, facts.bytes);
        assert!(facts.verified_instructions > 0 && facts.bytes > 0, "the kernel counts");
        let budget = budgets.get(*program).expect("each program has a budget");
        failures.extend(exceeded(program, "instructions", facts.verified_instructions, budget.instructions));
        failures.extend(exceeded(program, "bytes", facts.bytes, budget.bytes));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(budgets.len(), programs.len(), "tests/budget.toml names a program that is not there");
}

#[test]
fn a_fifth_more_is_the_most() {
    assert_eq!(exceeded("p", "bytes", 120, 100), None);
    assert_eq!(exceeded("p", "bytes", 121, 100), Some("p: 121 bytes, blessed were 100".into()));
}
