//! Names for containers that were given none.

use rand::seq::IndexedRandom;

const ADJECTIVES: &[&str] = &[
    "able", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "cosy", "deft", "eager", "early",
    "fair", "fleet", "fond", "frank", "gentle", "glad", "grand", "handy", "hardy", "jolly", "keen", "kind",
    "lively", "lucid", "mellow", "merry", "mild", "neat", "nimble", "noble", "placid", "plain", "proud",
    "quick", "quiet", "ready", "sharp", "smart", "snug", "solid", "sound", "spry", "steady", "stout",
    "sunny", "swift", "tidy", "trim", "true", "vivid", "warm", "wise", "witty",
];

const NOUNS: &[&str] = &[
    "arch", "bank", "barge", "bay", "beacon", "bend", "boulder", "bridge", "brook", "canal", "cape", "cliff",
    "coast", "cove", "creek", "dam", "delta", "dike", "dock", "dune", "estuary", "ferry", "ford", "gate",
    "gravel", "harbour", "headland", "heron", "inlet", "island", "jetty", "kerb", "lagoon", "lane", "ledge",
    "lock", "marsh", "meadow", "mill", "mole", "otter", "pass", "path", "pebble", "pier", "pond", "quay",
    "ramp", "reed", "reef", "ridge", "river", "shore", "span", "spit", "stone", "strait", "stream", "tide",
    "toll", "track", "weir", "wharf",
];

/// A name such as `steady_weir`; whether somebody has it already is the caller's to see.
pub(super) fn random() -> String {
    let mut rng = rand::rng();
    let mut one = |words: &[&'static str]| words.choose(&mut rng).copied().unwrap_or("nameless");
    format!("{}_{}", one(ADJECTIVES), one(NOUNS))
}

/// As [`random`], with a number: for when the plain ones run out.
pub(super) fn random_numbered() -> String {
    format!("{}_{}", random(), rand::random_range(2..10_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::validate_name;

    #[test]
    fn every_name_is_valid() {
        for adjective in ADJECTIVES {
            for noun in NOUNS {
                assert_eq!(validate_name(&format!("{adjective}_{noun}")), Ok(()));
            }
        }
        assert_eq!(validate_name(&random_numbered()), Ok(()));
    }
}
