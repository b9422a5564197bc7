//! The house rules, kept by a walk over the sources. Each rule is a pure function of a path and a
//! text, and is itself tested on made-up sources that break it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod code;
mod rules;
mod tree;

use rules::{Rule, Violation};

fn check(rule: Rule) {
    let found: Vec<Violation> =
        tree::sources().iter().flat_map(|source| rule(&source.path, &source.text)).collect();
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn only_the_kernel_room_touches_aya() {
    check(rules::aya);
}

#[test]
fn only_the_link_room_touches_netlink() {
    check(rules::netlink);
}

#[test]
fn unsafe_lives_only_where_the_design_says() {
    check(rules::unsafe_code);
}

#[test]
fn plan_ipam_and_desired_are_pure() {
    check(rules::pure);
}

#[test]
fn only_the_runtime_room_spawns_processes() {
    check(rules::processes);
}

#[test]
fn the_library_names_its_errors() {
    check(rules::anyhow);
}

#[test]
fn files_are_short() {
    check(rules::length);
}

#[test]
fn nothing_is_left_for_later() {
    check(rules::leftovers);
}

#[test]
fn no_test_is_ignored() {
    check(rules::ignored);
}

#[test]
fn files_are_named_for_one_job() {
    check(rules::names);
}

#[test]
fn every_step_is_named_in_the_table_of_contents() {
    let contents = tree::read("ebpf/src/lib.rs");
    for step in tree::stems("ebpf/src/steps") {
        assert!(code::has_word(&contents, &step), "ebpf/src/lib.rs says nothing of steps/{step}.rs");
    }
}

#[test]
fn the_top_level_is_fixed() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "xtask",
        "ebpf",
        "userspace",
        "common",
        "tests",
        "README.md",
        "CHANGELOG.md",
    ];
    for name in tree::top_level() {
        let beside = name.starts_with('.') || name.starts_with("LICENSE") || name == "target";
        assert!(beside || known.contains(&name.as_str()), "{name} is no part of the house");
    }
}

#[test]
fn xtask_and_lab_build_before_setup_has_run() {
    // What `causeway` needs at build time (protoc) is installed by xtask: it cannot need it itself.
    for manifest in ["xtask/Cargo.toml", "tests/lab/Cargo.toml"] {
        let text = tree::read(manifest);
        let depends = text.lines().any(|line| line.starts_with("causeway.") || line.starts_with("causeway "));
        assert!(!depends, "{manifest} depends on causeway, which needs protoc to build");
    }
}
