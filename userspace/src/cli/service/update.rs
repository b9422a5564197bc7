//! `causeway service update`.

use clap::Args;
use ipnet::Ipv4Net;

use super::super::{
    error::{CliError, Outcome},
    key_value, later, output,
    service_flags::{self, ServiceFlags},
    service_publish::{self, Ports, Target},
    source,
    wait::WaitOptions,
};
use crate::{api::types::ServiceUpdate, client::Client};

/// Options of `service update`.
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Publish another port, written as for create; may be repeated
    #[arg(short = 'p', long, visible_alias = "publish", value_name = "SPEC")]
    #[arg(value_parser = service_publish::ports)]
    publish_add: Vec<Ports>,
    /// Publish a backends' port no more; may be repeated
    #[arg(long, value_name = "TARGET[/PROTOCOL]", value_parser = service_publish::target)]
    publish_rm: Vec<Target>,
    /// Who may reach the ports that are added, or else all of them, as a subnet; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = source::source)]
    source: Vec<Ipv4Net>,
    /// At which of the nodes' addresses those ports are published, as a subnet; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = source::source)]
    address: Vec<Ipv4Net>,
    #[command(flatten)]
    flags: ServiceFlags,
    /// How much a backend gets, relative to the others' 1; may be repeated
    #[arg(long, value_name = "BACKEND=N", value_parser = service_flags::weight)]
    weight: Vec<(String, u16)>,
    /// Send a backend no new conversations; those that it has go on; may be repeated
    #[arg(long, value_name = "BACKEND")]
    drain: Vec<String>,
    /// Send a backend new conversations again; may be repeated
    #[arg(long, value_name = "BACKEND")]
    undrain: Vec<String>,
    /// Add or change a label; may be repeated
    #[arg(short, long, visible_alias = "label", value_name = "KEY=VALUE", value_parser = key_value::pair)]
    label_add: Vec<(String, String)>,
    /// Remove a label; may be repeated
    #[arg(long, value_name = "KEY")]
    label_rm: Vec<String>,
    #[command(flatten)]
    wait: WaitOptions,
    #[command(flatten)]
    _later: later::Options<later::OfServiceUpdate>,
    /// The service's name, id or a unique prefix of its id
    name: String,
}

impl Update {
    /// Prints the name, as Docker does.
    pub(super) async fn perform(self, client: &Client) -> Outcome {
        let request = self.request()?;
        let changed = client.update_service(&self.name, &request, self.wait.wait()).await?;
        output::say(&self.name)?;
        Ok(self.wait.report(&changed.laggards))
    }

    /// # Errors
    /// [`CliError::Usage`] where nothing is to be changed.
    fn request(&self) -> Result<ServiceUpdate, CliError> {
        let ServiceFlags { endpoint_mode, balance, local_first, affinity, return_path, health_tcp } =
            &self.flags;
        let request = ServiceUpdate {
            endpoint_mode: endpoint_mode.map(Into::into),
            balance: balance.map(Into::into),
            local_first: *local_first,
            affinity_seconds: *affinity,
            return_path: return_path.map(Into::into),
            health_tcp: *health_tcp,
            publish_add: service_publish::all(&self.publish_add),
            sources: self.source.clone(),
            addresses: self.address.clone(),
            publish_rm: self.publish_rm.iter().map(|target| (target.port, target.protocol)).collect(),
            weights: key_value::map(&self.weight),
            drain: self.drain.clone(),
            undrain: self.undrain.clone(),
            label_add: key_value::map(&self.label_add),
            label_rm: self.label_rm.clone(),
        };
        if request == ServiceUpdate::default() {
            return Err(CliError::Usage(
                "say what to change; see 'causeway service update --help'".to_owned(),
            ));
        }
        Ok(request)
    }
}
