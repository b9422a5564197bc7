//! Words of the contract that nothing stands behind yet: refused by name, never ignored.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind};

use super::error::{CliError, Outcome};

/// A verb that is not there yet; takes whatever follows it.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(super) struct Verb {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl Verb {
    /// Refuses `words`, in one line.
    pub(super) fn refuse(&self, words: &str) -> Outcome {
        let and_what = self.rest.first().filter(|_| words == "service").map_or("", String::as_str);
        let verb = format!("{words} {and_what}");
        Err(CliError::Usage(format!("'{}' is not supported yet; see 'causeway --help'", verb.trim_end())))
    }
}

/// An option that is refused, and why.
#[derive(Clone, Copy)]
struct Refused {
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

const PORTS: &str =
    "published ports are not supported yet: reach the container from another one on its network";
const NAMES: &str =
    "name resolution is not supported yet: use addresses, or write the container's /etc/hosts";
const SERVICES: &str = "services are not supported yet: use the containers' addresses";
const TERMINAL: &str =
    "a terminal is never allocated, and exec always passes its standard input: leave it out";

const REFUSED: [Refused; 10] = [
    short('p', option("publish", true, PORTS)),
    short('P', option("publish-all", false, PORTS)),
    option("service", true, SERVICES),
    option("dns", true, NAMES),
    option("dns-search", true, NAMES),
    option("dns-option", true, NAMES),
    option("add-host", true, NAMES),
    option("link", true, "links are not supported: put both containers on one network"),
    short('i', option("interactive", false, TERMINAL)),
    short('t', option("tty", false, TERMINAL)),
];

/// Flatten this into a verb's options and it refuses [`REFUSED`].
#[derive(Debug)]
pub(super) struct Options;

impl Args for Options {
    fn augment_args(command: Command) -> Command {
        REFUSED.iter().fold(command, |command, refused| command.arg(refused.arg()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Options {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        REFUSED.iter().find_map(|refused| refused.objection(matches)).map_or(Ok(Self), Err)
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
        let values: Vec<&str> = if self.takes_value {
            matches.get_many::<String>(self.long)?.map(String::as_str).collect()
        } else if matches.get_count(self.long) > 0 {
            Vec::new()
        } else {
            return None;
        };
        Some(clap::Error::raw(ErrorKind::UnknownArgument, self.sentence(&values)))
    }

    fn sentence(&self, values: &[&str]) -> String {
        let name = self.short.map_or_else(|| format!("--{}", self.long), |s| format!("-{s}"));
        if values.iter().any(|v| v.ends_with("/sctp")) {
            return format!("{name}: SCTP is not supported: publish tcp or udp");
        }
        format!("{name}: {}", self.way_out)
    }
}
