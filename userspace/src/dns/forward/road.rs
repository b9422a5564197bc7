//! From which namespace servers are asked.

use std::{io, net::SocketAddr, sync::Arc};

use socket2::{Domain, Socket, Type};

use crate::{
    dns::open::{Opener, socket},
    runtime::Netns,
};

/// From which namespace servers are asked.
#[derive(Clone, Debug)]
pub(crate) enum Road {
    /// The daemon's own.
    Host,
    /// A container's.
    Container(Arc<Netns>),
}

impl Road {
    /// A socket for talking to `server`; its port is of the kernel's choice, which is by chance.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(super) async fn open(&self, opener: &Opener, server: SocketAddr, kind: Type) -> io::Result<Socket> {
        let domain = Domain::for_address(server);
        match self {
            Self::Host => socket(domain, kind),
            Self::Container(netns) => opener.open(netns, domain, kind).await,
        }
    }
}
