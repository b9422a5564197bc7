//! The options of `run` about published ports.

use clap::Args;
use ipnet::Ipv4Net;

use super::{error::CliError, expose::expose, publish::publish, source::source};
use crate::api::types::{Expose, PublishRequest};

/// What is published, to whom.
#[derive(Debug, Args)]
pub(super) struct PublishFlags {
    /// Publish ports: [HOST_IP:][HOST_PORT[-END]:]PORT[-END][/tcp|udp]; may be repeated
    #[arg(short = 'p', long, value_name = "SPEC", value_parser = publish)]
    publish: Vec<PublishRequest>,
    /// Publish every exposed port, on a host port that is chosen
    #[arg(short = 'P', long)]
    publish_all: bool,
    /// A port that --publish-all publishes: PORT[-END][/tcp|udp]; may be repeated
    #[arg(long, value_name = "PORT", value_parser = expose)]
    expose: Vec<Expose>,
    /// Only from this subnet the published ports can be reached; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = source)]
    source: Vec<Ipv4Net>,
}

impl PublishFlags {
    /// What `-p` says, each with who may reach it.
    pub(super) fn published(&self) -> Vec<PublishRequest> {
        let restricted =
            |request: &PublishRequest| PublishRequest { sources: self.source.clone(), ..request.clone() };
        self.publish.iter().map(restricted).collect()
    }

    /// Whether `-P` was said.
    pub(super) const fn all(&self) -> bool {
        self.publish_all
    }

    /// Who may reach what `-P` publishes.
    pub(super) fn sources(&self) -> Vec<Ipv4Net> {
        if self.publish_all { self.source.clone() } else { Vec::new() }
    }

    /// What `--expose` names.
    pub(super) fn exposed(&self) -> Vec<Expose> {
        self.expose.clone()
    }

    /// Whether anything is to be published.
    pub(super) fn publishes(&self) -> bool {
        self.publish_all || !self.publish.is_empty()
    }

    /// Refuses a restriction of nothing.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(super) fn check(&self) -> Result<(), CliError> {
        if self.source.is_empty() || self.publishes() {
            return Ok(());
        }
        Err(CliError::Usage(
            "--source restricts published ports: publish one with -p, or leave it out".into(),
        ))
    }
}
