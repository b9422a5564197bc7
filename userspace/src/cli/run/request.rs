//! What `run` asks for.

use super::{
    super::{error::CliError, key_value, network_mode},
    Run,
};
use crate::api::types::ContainerCreate;

impl Run {
    /// As the API takes it.
    ///
    /// # Errors
    /// [`CliError::Usage`] where options cannot be meant together.
    pub(super) fn request(&self) -> Result<ContainerCreate, CliError> {
        self.ports.check()?;
        let request = ContainerCreate {
            services: self.service.clone(),
            name: self.name.clone(),
            mode: self.networks.mode.clone(),
            networks: self.networks.networks.clone(),
            command: self.command.clone(),
            env: key_value::environment(&self.env),
            hostname: self.hostname.clone(),
            labels: key_value::map(&self.label),
            remove_on_exit: self.remove,
            publish: self.ports.published(),
            publish_all: self.ports.all(),
            sources: self.ports.sources(),
            expose: self.ports.exposed(),
            files: self.files.files(),
        };
        match (network_mode::conflict(&request), self.discards()) {
            (Some(sentence), _) => Err(CliError::Usage(sentence.to_owned())),
            (None, Some(_)) => Ok(ContainerCreate {
                publish: Vec::new(),
                publish_all: false,
                sources: Vec::new(),
                ..request
            }),
            (None, None) => Ok(request),
        }
    }

    /// The warning that goes with ports that have no network to be published of; they are left out.
    pub(super) fn discards(&self) -> Option<&'static str> {
        network_mode::discards_ports(&self.networks.mode).filter(|_| self.ports.publishes())
    }
}
