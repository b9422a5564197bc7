//! `causeway service create`.

use clap::Args;
use ipnet::Ipv4Net;

use super::super::{
    error::{CliError, Outcome},
    key_value, later, output,
    service_flags::ServiceFlags,
    service_publish::{self, Ports},
    source,
    wait::WaitOptions,
};
use crate::{api::types::ServiceCreate, client::Client};

/// Options of `service create`.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The network in which it has its address and its name; none: it has only published ports
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
    /// Publish a port: published=P,target=T,protocol=tcp|udp,mode=ingress|host or [P:]T[/tcp|udp];
    /// may be repeated
    #[arg(short = 'p', long, value_name = "SPEC", value_parser = service_publish::ports)]
    publish: Vec<Ports>,
    /// Who may reach the published ports, as a subnet; may be repeated; none: everyone
    #[arg(long, value_name = "CIDR", value_parser = source::source)]
    source: Vec<Ipv4Net>,
    /// At which of the nodes' addresses they are published, as a subnet (127.0.0.0/8: for the nodes
    /// themselves); may be repeated; none: at all of them
    #[arg(long, value_name = "CIDR", value_parser = source::source)]
    address: Vec<Ipv4Net>,
    #[command(flatten)]
    flags: ServiceFlags,
    /// A label; may be repeated
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = key_value::pair)]
    label: Vec<(String, String)>,
    #[command(flatten)]
    wait: WaitOptions,
    #[command(flatten)]
    _later: later::Options<later::OfServiceCreate>,
    /// The service's name, unique in the cluster
    #[arg(value_name = "NAME")]
    service: String,
}

impl Create {
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let created = client.create_service(&self.request()?, self.wait.wait()).await?;
        output::say(created.id)?;
        Ok(self.wait.report(&created.laggards))
    }

    /// # Errors
    /// [`CliError::Usage`] where there is nothing that sources could reach.
    fn request(&self) -> Result<ServiceCreate, CliError> {
        let restricts = [("--source", &self.source), ("--address", &self.address)];
        let given = restricts.iter().find(|(_, nets)| self.publish.is_empty() && !nets.is_empty());
        if let Some((option, _)) = given {
            return Err(CliError::Usage(format!(
                "{option} restricts published ports: publish one with -p, or leave it out"
            )));
        }
        let ServiceFlags { endpoint_mode, balance, local_first, affinity, return_path, health_tcp } =
            &self.flags;
        Ok(ServiceCreate {
            name: self.service.clone(),
            network: self.network.clone(),
            endpoint_mode: endpoint_mode.map(Into::into).unwrap_or_default(),
            balance: balance.map(Into::into).unwrap_or_default(),
            local_first: local_first.unwrap_or_default(),
            affinity_seconds: affinity.and_then(|seconds| (seconds > 0).then_some(seconds)),
            ports: service_publish::all(&self.publish),
            sources: self.source.clone(),
            addresses: self.address.clone(),
            return_path: return_path.map(Into::into).unwrap_or_default(),
            health_tcp: health_tcp.and_then(|port| (port > 0).then_some(port)),
            labels: key_value::map(&self.label),
        })
    }
}
