//! `--network` and the options that belong to the one before them: their order matters.

use std::net::Ipv4Addr;

use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};

use super::network_mode;
use crate::{
    api::types::{Attach, Mode},
    model::Mac,
};

/// The networks that a container is to be attached to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NetworkFlags {
    /// Whose network namespace it has.
    pub(super) mode: Mode,
    /// In the order of eth0, eth1, …; none where nothing was said, or a mode.
    pub(super) networks: Vec<Attach>,
}

/// The options one by one, as clap reads them.
#[derive(Debug, Args)]
struct Given {
    /// Attach to this network; repeat it for eth1, eth2, …
    #[arg(long, value_name = "NETWORK")]
    network: Vec<String>,
    /// Its address on the --network before it; chosen from the subnet if not given
    #[arg(long, value_name = "IP")]
    ip: Vec<Ipv4Addr>,
    /// Its MAC on the --network before it; made from the address if not given
    #[arg(long, value_name = "MAC")]
    mac_address: Vec<Mac>,
    /// Another name for it on the --network before it; may be repeated
    #[arg(long, value_name = "NAME")]
    network_alias: Vec<String>,
}

impl Args for NetworkFlags {
    fn augment_args(command: Command) -> Command {
        Given::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Given::augment_args_for_update(command)
    }
}

impl FromArgMatches for NetworkFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut said = in_order(matches)?;
        said.sort_by_key(|(index, _)| *index);
        let mut networks = Vec::new();
        for (_, word) in said {
            word.add_to(&mut networks)?;
        }
        checked(networks)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// One option with its value.
enum Word {
    Network(String),
    Ip(Ipv4Addr),
    Mac(Mac),
    Alias(String),
}

fn in_order(matches: &ArgMatches) -> Result<Vec<(usize, Word)>, clap::Error> {
    let given = Given::from_arg_matches(matches)?;
    let at = |option: &str| matches.indices_of(option).into_iter().flatten().collect::<Vec<usize>>();
    let mut said = Vec::new();
    said.extend(at("network").into_iter().zip(given.network.into_iter().map(Word::Network)));
    said.extend(at("ip").into_iter().zip(given.ip.into_iter().map(Word::Ip)));
    said.extend(at("mac_address").into_iter().zip(given.mac_address.into_iter().map(Word::Mac)));
    said.extend(at("network_alias").into_iter().zip(given.network_alias.into_iter().map(Word::Alias)));
    Ok(said)
}

impl Word {
    fn add_to(self, networks: &mut Vec<Attach>) -> Result<(), clap::Error> {
        let (option, last) = (self.option(), networks.last_mut());
        match (self, last) {
            (Self::Network(network), _) => networks.push(bare(network)),
            (_, None) => return Err(no_network_before(option)),
            (Self::Ip(ip), Some(network)) => once(option, &mut network.ip, ip)?,
            (Self::Mac(mac), Some(network)) => once(option, &mut network.mac, mac)?,
            (Self::Alias(alias), Some(network)) => network.aliases.push(alias),
        }
        Ok(())
    }

    const fn option(&self) -> &'static str {
        match self {
            Self::Network(_) => "--network",
            Self::Ip(_) => "--ip",
            Self::Mac(_) => "--mac-address",
            Self::Alias(_) => "--network-alias",
        }
    }
}

const fn bare(network: String) -> Attach {
    Attach { network, ip: None, mac: None, aliases: Vec::new() }
}

fn once<T>(option: &str, place: &mut Option<T>, value: T) -> Result<(), clap::Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(objection(&format!("{option} is given twice for one --network: keep one"))),
    }
}

fn no_network_before(option: &str) -> clap::Error {
    objection(&format!("{option} belongs to the --network before it: write it after its --network"))
}

fn checked(networks: Vec<Attach>) -> Result<NetworkFlags, clap::Error> {
    for Attach { network, .. } in &networks {
        let Some(mode) = network_mode::mode(network).map_err(objection)? else { continue };
        return match network_mode::conflict_of_networks(&networks) {
            Some(sentence) => Err(objection(sentence)),
            None => Ok(NetworkFlags { mode, networks: Vec::new() }),
        };
    }
    Ok(NetworkFlags { mode: Mode::Attached, networks })
}

fn objection(message: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::ArgumentConflict, message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn parse(line: &str) -> NetworkFlags {
        let command = NetworkFlags::augment_args(Command::new("x"));
        let words = std::iter::once("x").chain(line.split_whitespace());
        NetworkFlags::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
    }

    #[test]
    fn options_belong_to_the_network_before_them() {
        let line = "--network a --network-alias x --network-alias y --network b --ip 10.0.0.2 \
                    --network=c --mac-address 02:42:0a:00:00:03";
        let a = Attach { aliases: vec!["x".to_owned(), "y".to_owned()], ..bare("a".to_owned()) };
        let b = Attach { ip: Some(Ipv4Addr::new(10, 0, 0, 2)), ..bare("b".to_owned()) };
        let c = Attach { mac: Some(Mac([2, 0x42, 10, 0, 0, 3])), ..bare("c".to_owned()) };
        assert_eq!(parse(line), NetworkFlags { mode: Mode::Attached, networks: vec![a, b, c] });
    }

    #[test]
    fn modes_are_no_networks() {
        let only = |mode| NetworkFlags { mode, networks: Vec::new() };
        assert_eq!(parse(""), only(Mode::Attached));
        assert_eq!(parse("--network none"), only(Mode::None));
        assert_eq!(parse("--network host"), only(Mode::Host));
        assert_eq!(parse("--network container:web"), only(Mode::Container("web".to_owned())));
    }
}
