//! Which of the networks that nobody is in `prune` removes.

use std::collections::BTreeMap;

use crate::{api::types::NetworkPrune, model::Network};

/// Whether a network is among those that `request` asks for.
pub fn is_asked_for(request: &NetworkPrune, network: &Network) -> bool {
    let has = |wanted: &String| has_label(&network.labels, wanted);
    request.labels.iter().all(has)
        && !request.not_labels.iter().any(has)
        && request.created_before.is_none_or(|time| network.created < time)
}

/// Whether there is the label `KEY`, with this value where `wanted` is `KEY=VALUE`.
fn has_label(labels: &BTreeMap<String, String>, wanted: &str) -> bool {
    match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|own| own == value),
        None => labels.contains_key(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Driver, Id};

    fn network() -> Network {
        Network {
            id: Id::random(),
            name: "web".to_owned(),
            driver: Driver::Bridge,
            node: None,
            created: 100,
            subnets: Vec::new(),
            internal: false,
            options: BTreeMap::new(),
            labels: [("team", "web"), ("keep", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        }
    }

    fn goes(labels: &[&str], not_labels: &[&str], created_before: Option<u64>) -> bool {
        let words = |all: &[&str]| all.iter().map(|&word| word.to_owned()).collect();
        let request = NetworkPrune { labels: words(labels), not_labels: words(not_labels), created_before };
        is_asked_for(&request, &network())
    }

    #[test]
    fn all_labels_none_of_the_others_and_old_enough() {
        assert!(goes(&[], &[], None));
        assert!(goes(&["team", "team=web", "keep="], &["team=db", "other"], Some(101)));
        assert!(!goes(&["team", "other"], &[], None));
        assert!(!goes(&["team=db"], &[], None));
        assert!(!goes(&[], &["keep"], None));
        assert!(!goes(&[], &["other", "team=web"], None));
        assert!(!goes(&[], &[], Some(100)));
    }
}
