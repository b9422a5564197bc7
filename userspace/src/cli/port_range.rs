//! `80` and `80-90`, as ports are written.

use crate::api::types::PortRange;

/// One port, or the first and the last of several; 0 is none.
pub fn port_range(text: &str) -> Result<PortRange, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange { first: port(first)?, last: port(last)? };
    match range.count() {
        Some(_) => Ok(range),
        None => Err(format!("{text} ends before it begins: write {last}-{first}")),
    }
}

fn port(text: &str) -> Result<u16, String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && *number > 0);
    number.ok_or_else(|| format!("'{text}' is no port: write a number from 1 to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_port_is_a_range_too() {
        assert_eq!(port_range("80"), Ok(PortRange::one(80)));
        assert_eq!(port_range("80-80"), Ok(PortRange::one(80)));
        assert_eq!(port_range("1-65535"), Ok(PortRange { first: 1, last: 65535 }));
    }

    #[test]
    fn what_is_no_port_is_named() {
        for (text, named) in [
            ("", "''"),
            ("0", "'0'"),
            ("65536", "'65536'"),
            ("+80", "'+80'"),
            ("-80", "''"),
            ("80-", "''"),
            ("1-2-3", "'2-3'"),
            ("0-9", "'0'"),
            (" 80", "' 80'"),
        ] {
            assert!(port_range(text).is_err_and(|e| e.starts_with(named)), "{text}: {:?}", port_range(text));
        }
        assert_eq!(port_range("9-8"), Err("9-8 ends before it begins: write 8-9".to_owned()));
    }
}
