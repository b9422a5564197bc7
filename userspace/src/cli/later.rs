//! Options that people know and nothing stands behind: refused by name, never ignored.

use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};

/// An option that is refused, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    way_out: &'static str,
}

const fn option(long: &'static str, takes_value: bool, way_out: &'static str) -> Refused {
    Refused { long, short: None, takes_value, way_out }
}

const fn short(letter: char, refused: Refused) -> Refused {
    Refused { short: Some(letter), ..refused }
}

const TERMINAL: &str =
    "a terminal is never allocated, and exec always passes its standard input: leave it out";
const LINKS: &str = "links are not supported: put both containers on one network";
const RUN_ONLY: &str = "only 'causeway run' takes it: leave it out";

/// Refused wherever a container joins a network.
const OF_CONNECT: [Refused; 1] = [option("link", true, LINKS)];

/// Refused, beside that, by `run`.
const OF_RUN: [Refused; 2] =
    [short('i', option("interactive", false, TERMINAL)), short('t', option("tty", false, TERMINAL))];

/// Refused, beside those, where a container is there already.
const OF_OTHERS: [Refused; 8] = [
    short('p', option("publish", true, RUN_ONLY)),
    short('P', option("publish-all", false, RUN_ONLY)),
    option("expose", true, RUN_ONLY),
    option("source", true, RUN_ONLY),
    option("dns", true, RUN_ONLY),
    option("dns-search", true, RUN_ONLY),
    option("dns-option", true, RUN_ONLY),
    option("add-host", true, RUN_ONLY),
];

const NAME_LAST: &str = "the service's name stands last, without an option";
const REPLICAS: &str = "nothing is scheduled: start each backend with 'causeway run --service NAME'";
const NETWORK_STAYS: &str = "a service stays in its network: create another service in the other network";

/// Refused by `service create`.
const OF_SERVICE_CREATE: [Refused; 3] =
    [option("name", true, NAME_LAST), option("replicas", true, REPLICAS), option("mode", true, REPLICAS)];

/// Refused by `service update`.
const OF_SERVICE_UPDATE: [Refused; 3] = [
    option("replicas", true, REPLICAS),
    option("network", true, NETWORK_STAYS),
    option("network-add", true, NETWORK_STAYS),
];

/// Flatten one of these into a verb's options and it refuses what is not there.
#[derive(Debug)]
pub(super) struct Options<V>(PhantomData<V>);

/// Which options a verb refuses.
pub(super) trait Verbs {
    /// In groups.
    const REFUSED: &'static [&'static [Refused]];
}

/// `network connect`.
#[derive(Debug)]
pub(super) enum OfConnect {}
/// `run`.
#[derive(Debug)]
pub(super) enum OfRun {}
/// Other verbs that name a container: they refuse what only `run` takes too.
#[derive(Debug)]
pub(super) enum OfOthers {}
/// `service create`.
#[derive(Debug)]
pub(super) enum OfServiceCreate {}
/// `service update`.
#[derive(Debug)]
pub(super) enum OfServiceUpdate {}

impl Verbs for OfServiceCreate {
    const REFUSED: &'static [&'static [Refused]] = &[&OF_SERVICE_CREATE];
}

impl Verbs for OfServiceUpdate {
    const REFUSED: &'static [&'static [Refused]] = &[&OF_SERVICE_UPDATE];
}

impl Verbs for OfConnect {
    const REFUSED: &'static [&'static [Refused]] = &[&OF_CONNECT];
}

impl Verbs for OfRun {
    const REFUSED: &'static [&'static [Refused]] = &[&OF_CONNECT, &OF_RUN];
}

impl Verbs for OfOthers {
    const REFUSED: &'static [&'static [Refused]] = &[&OF_CONNECT, &OF_RUN, &OF_OTHERS];
}

impl<V: Verbs> Options<V> {
    fn refused() -> impl Iterator<Item = &'static Refused> {
        V::REFUSED.iter().copied().flatten()
    }
}

impl<V: Verbs> Args for Options<V> {
    fn augment_args(command: Command) -> Command {
        Self::refused().fold(command, |command, refused| command.arg(refused.arg()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<V: Verbs> FromArgMatches for Options<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let objection = Self::refused().find_map(|refused| refused.objection(matches));
        objection.map_or(Ok(Self(PhantomData)), Err)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(drop)
    }
}

impl Refused {
    fn arg(&self) -> Arg {
        let action = if self.takes_value { ArgAction::Append } else { ArgAction::Count };
        let arg = Arg::new(self.long).long(self.long).action(action).hide(true);
        match self.short {
            Some(letter) => arg.short(letter),
            None => arg,
        }
    }

    fn objection(&self, matches: &ArgMatches) -> Option<clap::Error> {
        let is_said =
            if self.takes_value { matches.contains_id(self.long) } else { matches.get_count(self.long) > 0 };
        is_said.then(|| clap::Error::raw(ErrorKind::UnknownArgument, self.sentence()))
    }

    fn sentence(&self) -> String {
        let name = self.short.map_or_else(|| format!("--{}", self.long), |s| format!("-{s}"));
        format!("{name}: {}", self.way_out)
    }
}
