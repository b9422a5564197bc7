//! `--filter KEY=VALUE`.

use std::{collections::BTreeMap, str::FromStr};

use super::{error::CliError, list::Row};

/// One filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is looked at.
    pub key: String,
    /// What it must be.
    pub value: String,
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self { key: key.to_owned(), value: value.to_owned() })
            }
            _ => Err("write KEY=VALUE, such as name=web".to_owned()),
        }
    }
}

/// Refuses a key that is none of `known`.
///
/// # Errors
/// [`CliError::Usage`], with the keys that there are.
pub(super) fn check(filters: &[Filter], known: &[&str]) -> Result<(), CliError> {
    match filters.iter().find(|f| !known.contains(&f.key.as_str())) {
        None => Ok(()),
        Some(Filter { key, .. }) => {
            Err(CliError::Usage(format!("there is no filter '{key}': use {}", known.join(", "))))
        }
    }
}

/// True where `row` matches any filter of each key, and all of the key `label` (Docker's rule).
pub(super) fn keep<R: Row>(filters: &[Filter], row: &R) -> bool {
    let mut by_key: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for Filter { key, value } in filters {
        by_key.entry(key).or_default().push(row.matches(key, value));
    }
    by_key.into_iter().all(|(key, matched)| match key {
        "label" => matched.into_iter().all(|m| m),
        _ => matched.into_iter().any(|m| m),
    })
}

/// True where `labels` has the label `KEY`, or `KEY` with this value where `wanted` is `KEY=VALUE`.
pub(super) fn has_label(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|v| v == value),
        None => labels.contains_key(wanted),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::Value;

    use super::*;

    struct Thing(BTreeMap<String, String>);

    impl Row for Thing {
        const HEADINGS: &'static [&'static str] = &[];
        const KEYS: &'static [&'static str] = &["name", "label"];

        fn id(&self) -> &str {
            ""
        }

        fn cells(&self, _: bool) -> Vec<String> {
            Vec::new()
        }

        fn json(&self) -> Value {
            Value::Null
        }

        fn matches(&self, key: &str, value: &str) -> bool {
            if key == "name" { "web".contains(value) } else { has_label(&self.0, value) }
        }
    }

    fn kept(filters: &[&str]) -> bool {
        let labels = [("a", "1"), ("b", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let filters: Vec<Filter> = filters.iter().map(|f| f.parse().unwrap()).collect();
        keep(&filters, &Thing(labels.into()))
    }

    #[test]
    fn any_of_a_key_all_of_the_keys_and_all_labels() {
        assert!(kept(&[]));
        assert!(kept(&["name=x", "name=we"]));
        assert!(!kept(&["name=x", "label=a"]));
        assert!(kept(&["label=a", "label=b", "label=a=1"]));
        assert!(!kept(&["label=a", "label=a=2"]));
    }

    #[test]
    fn unknown_keys_are_refused_with_those_that_there_are() {
        let error = check(&["colour=red".parse().unwrap()], &["name", "id"]).unwrap_err();
        assert_eq!(error.to_string(), "there is no filter 'colour': use name, id");
        assert!("colour".parse::<Filter>().is_err());
    }
}
