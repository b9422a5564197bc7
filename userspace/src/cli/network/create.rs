//! `causeway network create`.

use std::net::Ipv4Addr;

use clap::{Args, ValueEnum};
use ipnet::Ipv4Net;

use super::super::{error::Outcome, key_value, output, wait::WaitOptions};
use crate::{api::types::NetworkCreate, client::Client, model};

/// Options of `network create`.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// What carries it: bridge (this node, NAT to outside) or overlay (all nodes, VXLAN)
    #[arg(short, long, value_enum, default_value_t = Driver::Bridge, hide_possible_values = true)]
    driver: Driver,
    /// A subnet, such as 10.0.9.0/24; may be repeated; one from the pool if not given
    #[arg(long, value_name = "CIDR")]
    subnet: Vec<Ipv4Net>,
    /// Hand out addresses from this part of its subnet only; one for each subnet
    #[arg(long, value_name = "CIDR")]
    ip_range: Vec<Ipv4Net>,
    /// The gateway's address in its subnet; the first free one if not given
    #[arg(long, value_name = "IP")]
    gateway: Vec<Ipv4Addr>,
    /// Never hand out this address; may be repeated
    #[arg(long, value_name = "NAME=IP", value_parser = key_value::named_address)]
    aux_address: Vec<(String, Ipv4Addr)>,
    /// No way out of the network
    #[arg(long)]
    internal: bool,
    /// An option of the driver, under Docker's names; may be repeated
    #[arg(short, long = "opt", value_name = "KEY=VALUE", value_parser = key_value::pair)]
    option: Vec<(String, String)>,
    /// A label; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value::pair)]
    label: Vec<(String, String)>,
    #[command(flatten)]
    wait: WaitOptions,
    /// The network's name, unique in the cluster
    name: String,
}

/// What can carry a network.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Driver {
    Bridge,
    Overlay,
}

impl From<Driver> for model::Driver {
    fn from(driver: Driver) -> Self {
        match driver {
            Driver::Bridge => Self::Bridge,
            Driver::Overlay => Self::Overlay,
        }
    }
}

impl Create {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let created = client.create_network(&self.request(), self.wait.wait()).await?;
        output::say(created.id)?;
        Ok(self.wait.report(&created.laggards))
    }

    fn request(&self) -> NetworkCreate {
        NetworkCreate {
            name: self.name.clone(),
            driver: self.driver.into(),
            subnets: self.subnet.clone(),
            ip_ranges: self.ip_range.clone(),
            gateways: self.gateway.clone(),
            aux_addresses: key_value::map(&self.aux_address),
            internal: self.internal,
            options: key_value::map(&self.option),
            labels: key_value::map(&self.label),
        }
    }
}
