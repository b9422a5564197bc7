//! A netlink connection that belongs to one network namespace.

use std::{path::Path, sync::Arc};

use futures::TryStreamExt;
use rtnetlink::{
    Handle, LinkUnspec, new_connection,
    packet_route::{
        AddressFamily,
        link::{InfoKind, LinkAttribute, LinkExtentMask, LinkFlags, LinkInfo, LinkLayerType, LinkMessage},
    },
};
use tokio::sync::Mutex;

use super::error::{Doing, LinkError};
use crate::{model::Mac, runtime::Netns};

/// The calling thread's namespace, in messages.
pub(super) const HERE: &str = "this host's network namespace";

/// A netlink connection; a socket keeps the namespace that it was opened in, so this may be used
/// from any thread. Must be opened within a tokio runtime.
#[derive(Clone, Debug)]
pub struct Link {
    pub(super) handle: Handle,
    /// The namespace's path, for messages.
    pub(super) place: String,
    /// The kernel lists one thing at a time on a socket, and refuses the next as busy.
    pub(super) listing: Arc<Mutex<()>>,
}

/// An interface as the kernel shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Name.
    pub name: String,
    /// Index.
    pub ifindex: u32,
    /// Link-layer address; none where it is not an Ethernet address.
    pub mac: Option<Mac>,
    /// MTU, bytes of an IP packet.
    pub mtu: u32,
    /// Administratively up.
    pub up: bool,
    /// Its frames have Ethernet headers, unlike those of loopback, tun or WireGuard.
    pub ethernet: bool,
    /// The interface that it is a part of: a bridge, a bond, a VRF; none for one by itself.
    pub master: Option<u32>,
    /// It is a VRF, whose parts receive for themselves.
    pub vrf: bool,
    /// What somebody has written beside its name.
    pub alias: Option<String>,
    /// Its group; 0 where nobody has chosen one.
    pub group: u32,
}

impl Link {
    /// A connection to the namespace of the calling thread, which is the daemon's.
    ///
    /// # Errors
    /// Where no socket can be opened.
    pub fn here() -> Result<Self, LinkError> {
        Self::connect(HERE.to_owned())
    }

    /// A connection to the namespace at `path`.
    ///
    /// # Errors
    /// Where it is gone, is no network namespace, or no socket can be opened.
    pub fn in_netns(path: &Path) -> Result<Self, LinkError> {
        let runtime = tokio::runtime::Handle::current();
        Netns::at(path)?.run(|| {
            let _entered = runtime.enter();
            Self::connect(path.display().to_string())
        })?
    }

    fn connect(place: String) -> Result<Self, LinkError> {
        let (connection, handle, _) = new_connection().doing(|| format!("open netlink in {place}"))?;
        tokio::spawn(connection);
        Ok(Self { handle, place, listing: Arc::default() })
    }

    /// The interface called `name`, if there is one.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn find(&self, name: &str) -> Result<Option<Interface>, LinkError> {
        let asked = self.handle.link().get().match_name(name).execute().try_next().await;
        let asked = asked.doing(|| format!("look up interface {name} in {}", self.place));
        present(asked)
    }

    /// The interface with index `ifindex`, if there is one.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn by_index(&self, ifindex: u32) -> Result<Option<Interface>, LinkError> {
        let asked = self.handle.link().get().match_index(ifindex).execute().try_next().await;
        present(asked.doing(|| format!("look up interface {ifindex} in {}", self.place)))
    }

    /// All interfaces.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub async fn list(&self) -> Result<Vec<Interface>, LinkError> {
        let _turn = self.listing.lock().await;
        let all: Vec<LinkMessage> = self
            .handle
            .link()
            .get()
            // Nobody reads statistics, and they are most of what the kernel writes.
            .set_filter_mask(AddressFamily::Unspec, vec![LinkExtentMask::SkipStats])
            .execute()
            .try_collect()
            .await
            .doing(|| format!("list interfaces in {}", self.place))?;
        Ok(all.iter().map(Interface::from).collect())
    }

    /// Sets an interface up.
    ///
    /// # Errors
    /// Where it is missing or the kernel refuses.
    pub async fn set_up(&self, name: &str) -> Result<(), LinkError> {
        let ifindex = self.index_of(name).await?;
        let request = self.handle.link().set(LinkUnspec::new_with_index(ifindex).up().build());
        request.execute().await.doing(|| format!("set interface {name} up in {}", self.place))
    }

    /// Gives an interface another name. One that is up goes down for a moment where the kernel asks for that (before
    /// Linux 6.2, bd039b5ea2a9).
    ///
    /// # Errors
    /// Where it is missing, the name is another's, or the kernel refuses.
    pub async fn rename(&self, ifindex: u32, name: &str) -> Result<(), LinkError> {
        let doing = || format!("rename interface {ifindex} to {name} in {}", self.place);
        let named = || LinkUnspec::new_with_index(ifindex).name(name.to_owned());
        match self.handle.link().set(named().build()).execute().await.doing(doing) {
            Err(busy) if busy.errno() == Some(libc::EBUSY) => {
                let down = LinkUnspec::new_with_index(ifindex).down().build();
                self.handle.link().set(down).execute().await.doing(doing)?;
                self.handle.link().set(named().up().build()).execute().await.doing(doing)
            }
            other => other,
        }
    }

    /// Deletes an interface, and with a veth its peer. No error where it is gone already.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub async fn delete(&self, name: &str) -> Result<(), LinkError> {
        let Some(interface) = self.find(name).await? else { return Ok(()) };
        let deleted = self.handle.link().del(interface.ifindex).execute().await;
        match deleted.doing(|| format!("delete interface {name} in {}", self.place)) {
            Err(gone) if gone.errno() == Some(libc::ENODEV) => Ok(()),
            other => other,
        }
    }

    /// The index of an interface that has to be there.
    pub(super) async fn index_of(&self, name: &str) -> Result<u32, LinkError> {
        match self.find(name).await? {
            Some(interface) => Ok(interface.ifindex),
            None => Err(LinkError::Missing { name: name.to_owned(), place: self.place.clone() }),
        }
    }
}

/// An answer where the kernel's "no such device" means none.
fn present(asked: Result<Option<LinkMessage>, LinkError>) -> Result<Option<Interface>, LinkError> {
    match asked {
        Err(gone) if gone.errno() == Some(libc::ENODEV) => Ok(None),
        other => Ok(other?.as_ref().map(Interface::from)),
    }
}

impl From<&LinkMessage> for Interface {
    fn from(message: &LinkMessage) -> Self {
        let mut interface = Self {
            name: String::new(),
            ifindex: message.header.index,
            mac: None,
            mtu: 0,
            up: message.header.flags.contains(LinkFlags::Up),
            ethernet: message.header.link_layer_type == LinkLayerType::Ether,
            master: None,
            vrf: false,
            alias: None,
            group: 0,
        };
        for attribute in &message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => interface.name.clone_from(name),
                LinkAttribute::IfAlias(alias) => interface.alias = Some(alias.clone()),
                LinkAttribute::Group(group) => interface.group = *group,
                LinkAttribute::Mtu(mtu) => interface.mtu = *mtu,
                LinkAttribute::Address(bytes) => interface.mac = ethernet(bytes),
                LinkAttribute::Controller(master) => interface.master = Some(*master),
                LinkAttribute::LinkInfo(facts) => {
                    interface.vrf = facts.contains(&LinkInfo::Kind(InfoKind::Vrf));
                }
                _ => {}
            }
        }
        interface
    }
}

/// An Ethernet address, where the bytes are one and not all zero (`lo` has zeroes).
pub(super) fn ethernet(bytes: &[u8]) -> Option<Mac> {
    let mac: [u8; 6] = bytes.try_into().ok()?;
    (mac != [0; 6]).then_some(Mac(mac))
}
