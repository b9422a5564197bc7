//! Help: every verb has a sentence, every option its own, and examples. What it says is kept in a
//! snapshot (`INSTA_UPDATE=always` renews it), so a change of the contract is seen.

use std::time::Duration;

use causeway_lab::run;

use super::fake;

fn help(words: &[String]) -> String {
    let words = words.iter().map(String::as_str).chain(["--help"]);
    run::output(&mut fake::command("/".as_ref(), words), Duration::from_secs(20)).unwrap().text().unwrap()
}

/// Every verb that is there, with the words that lead to it.
fn verbs(command: &clap::Command, words: &[String]) -> Vec<(Vec<String>, clap::Command)> {
    let mut all = vec![(words.to_vec(), command.clone())];
    for verb in command.get_subcommands().filter(|v| !v.is_hide_set()) {
        all.extend(verbs(verb, &[words, &[verb.get_name().to_owned()]].concat()));
    }
    all
}

#[test]
fn the_help_is_as_it_was() {
    let pages = verbs(&causeway::cli::command(), &[])
        .into_iter()
        .map(|(words, _)| format!("=== causeway {}\n{}", words.join(" "), help(&words)));
    insta::assert_snapshot!("help", pages.collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_verb_and_every_option_is_explained() {
    for (words, verb) in verbs(&causeway::cli::command(), &[]) {
        let words = words.join(" ");
        assert!(verb.get_about().is_some(), "causeway {words} has no sentence");
        let end = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(end.contains("EXAMPLES\n  "), "causeway {words} has no examples");
        for option in verb.get_arguments().filter(|a| !a.is_hide_set()) {
            assert!(option.get_help().is_some(), "causeway {words}: {} is not explained", option.get_id());
        }
    }
}

#[test]
fn every_example_is_one_that_the_parser_takes() {
    for (_, verb) in verbs(&causeway::cli::command(), &[]) {
        let end = verb.get_after_help().map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
        let lines = end
            .lines()
            .filter_map(|l| l.find("causeway ").filter(|_| l.starts_with("  ")).map(|at| &l[at..]));
        for line in lines {
            let words = line.split_whitespace();
            assert!(causeway::cli::command().try_get_matches_from(words).is_ok(), "{line}");
        }
    }
}
