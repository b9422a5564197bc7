//! Identifiers and names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A random identifier: 64 hexadecimal digits, as Docker's. Directories and namespaces are called by it, so
/// nothing else is read as one, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(String);

impl TryFrom<String> for Id {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, NoId> {
        Self::parse(&text).ok_or(NoId(text))
    }
}

/// What is no identifier.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no identifier of 64 hexadecimal digits")]
pub struct NoId(String);

impl Id {
    /// A new random identifier.
    pub fn random() -> Self {
        let bytes: [u8; 32] = rand::random();
        Self(bytes.iter().map(|b| format!("{b:02x}")).collect())
    }

    /// The identifier that `text` spells, if it is 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 64 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The identifier that comes before all others.
    pub fn least() -> Self {
        Self("0".repeat(64))
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits: what tables show and people type.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that cannot be one.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{}' is not a name: use 1 to 63 of a-z A-Z 0-9 _ . - and begin with a letter or digit", .0.escape_debug())]
pub struct InvalidName(pub String);

/// Checks a name of a network, container, service or node: `[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}`
/// (Docker's rule, and at most a DNS label's length).
///
/// # Errors
/// [`InvalidName`] where it is anything else.
pub fn validate_name(name: &str) -> Result<(), InvalidName> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if first && rest && name.len() <= 63 { Ok(()) } else { Err(InvalidName(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_random_and_read_back() {
        let (a, b) = (Id::random(), Id::random());
        assert_ne!(a, b);
        assert_eq!(Id::parse(a.as_str()), Some(a.clone()));
        assert_eq!(a.short().len(), 12);
        assert_eq!(Id::parse("xyz"), None);
    }

    #[test]
    fn what_leads_somewhere_else_is_no_id() {
        let id = Id::random();
        let text = serde_json::to_string(&id).expect("a string");
        assert_eq!(serde_json::from_str::<Id>(&text).ok(), Some(id));
        for text in ["\"../../../../etc\"", "\"\"", "\"0123456789ab\""] {
            assert!(serde_json::from_str::<Id>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_follow_dockers_rule() {
        for good in ["a", "web-1", "0x", "A_b.c"] {
            assert_eq!(validate_name(good), Ok(()));
        }
        for bad in ["", "-a", ".a", "a b", "ä", "a/b", &"x".repeat(64)] {
            assert_eq!(validate_name(bad), Err(InvalidName(bad.to_owned())));
        }
        assert!(InvalidName("a\nb".to_owned()).to_string().starts_with("'a\\nb' is not"), "one line");
    }
}
