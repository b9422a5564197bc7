//! `KEY=VALUE`, as labels, options and auxiliary addresses are written.

use std::{collections::BTreeMap, net::Ipv4Addr};

/// `KEY=VALUE`, or `KEY` with nothing as its value (Docker's rule for labels and options).
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Err("write KEY=VALUE".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// `NAME=IP`.
pub fn named_address(text: &str) -> Result<(String, Ipv4Addr), String> {
    let wrong = || "write NAME=IP, such as router=10.0.9.2".to_owned();
    let (name, address) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(wrong)?;
    Ok((name.to_owned(), address.parse().map_err(|_| wrong())?))
}

/// The pairs as a map; of two with one key the later wins.
pub(super) fn map<V: Clone>(pairs: &[(String, V)]) -> BTreeMap<String, V> {
    pairs.iter().cloned().collect()
}

/// `-e KEY=VALUE`; `-e KEY` takes the caller's own value, and says nothing where there is none.
pub(super) fn environment(given: &[String]) -> Vec<String> {
    let own = |key: &String| std::env::var(key).ok().map(|value| format!("{key}={value}"));
    given.iter().filter_map(|text| if text.contains('=') { Some(text.clone()) } else { own(text) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_split_at_the_first_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a"), Ok(("a".to_owned(), String::new())));
        assert!(pair("=b").is_err());
    }

    #[test]
    fn addresses_need_a_name() {
        assert_eq!(named_address("r=10.0.0.2"), Ok(("r".to_owned(), Ipv4Addr::new(10, 0, 0, 2))));
        for bad in ["10.0.0.2", "=10.0.0.2", "r=", "r=10.0.0"] {
            assert!(named_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn environment_without_a_value_is_the_callers() {
        let path = format!("PATH={}", std::env::var("PATH").unwrap_or_default());
        let given = ["A=1", "PATH", "CAUSEWAY_NO_SUCH_VARIABLE"].map(str::to_owned);
        assert_eq!(environment(&given), ["A=1".to_owned(), path]);
    }
}
