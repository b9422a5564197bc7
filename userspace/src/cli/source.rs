//! `--source CIDR`: who may reach a published port.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// A subnet without host bits, or one address.
pub fn source(text: &str) -> Result<Ipv4Net, String> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Ipv4Net::from(address));
    }
    let given: Ipv4Net = text.parse().map_err(|_| "write a subnet such as 198.18.0.0/24".to_owned())?;
    if given != given.trunc() {
        return Err(format!("{given} has host bits: write {}", given.trunc()));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_and_single_addresses() {
        assert_eq!(source("198.18.0.0/24").map(|s| s.to_string()), Ok("198.18.0.0/24".to_owned()));
        assert_eq!(source("198.18.0.9").map(|s| s.to_string()), Ok("198.18.0.9/32".to_owned()));
        assert_eq!(source("0.0.0.0/0").map(|s| s.prefix_len()), Ok(0));
    }

    #[test]
    fn what_is_no_subnet_is_refused() {
        assert_eq!(
            source("198.18.0.9/24"),
            Err("198.18.0.9/24 has host bits: write 198.18.0.0/24".to_owned())
        );
        for text in ["", "198.18.0.0/33", "fd00::/8", "lan"] {
            assert!(source(text).is_err(), "{text}");
        }
    }
}
