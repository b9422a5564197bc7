//! Thousands of conversations at once, each of which can be asked whether it is still there.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::fd::AsFd as _,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::Netns;
use nix::{
    libc::linger,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        socket::{setsockopt, sockopt::Linger},
    },
};

/// The longest that one answer may take: some retransmissions.
const PATIENCE: Duration = Duration::from_secs(5);

/// Lets this process have as many files open as it may; at least so many.
///
/// # Errors
/// If that is not enough.
pub fn allow_files(files: u64) -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(hard >= files, "at most {hard} files may be open here (ulimit -Hn), and {files} are needed");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("open files")
}

/// Conversations of one client namespace with one server.
#[derive(Debug, Default)]
pub struct Crowd(Vec<Conversation>);

impl Crowd {
    /// Opens so many conversations from a namespace by TCP, and so many by UDP.
    ///
    /// # Errors
    /// If one is refused.
    pub fn open(from: &Netns, server: &Server, tcp: usize, udp: usize) -> Result<Self> {
        let all = (0..tcp + udp).map(|number| if number < tcp { server.tcp() } else { server.udp() });
        let opened = from.run(|| all.collect::<io::Result<_>>())?;
        Ok(Self(opened.with_context(|| format!("{} -> {}", from.name(), server.address))?))
    }

    /// Says something new in each conversation and expects it back; in how many it came back.
    pub fn talk(&mut self) -> usize {
        self.0.iter_mut().filter_map(|conversation| conversation.talk().ok()).count()
    }
}

/// Ends TCP conversations at once, by a reset from their clients.
///
/// # Errors
/// Where a socket refuses.
pub fn reset(crowd: Crowd) -> Result<()> {
    for conversation in crowd.0 {
        if let Ends::Tcp(client, server) = conversation.ends {
            setsockopt(&client, Linger, &linger { l_onoff: 1, l_linger: 0 })?;
            // The client first: what ends the conversation is its reset.
            drop(client);
            drop(server);
        }
    }
    Ok(())
}

/// Who answers a crowd, and where the crowd finds it.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    datagrams: Arc<UdpSocket>,
    address: SocketAddr,
}

impl Server {
    /// Listens on a port of a namespace, which is reached under `address`.
    ///
    /// # Errors
    /// If the port is not free.
    pub fn listen(netns: &Netns, port: u16, address: (Ipv4Addr, u16)) -> Result<Self> {
        let any = (Ipv4Addr::UNSPECIFIED, port);
        let (listener, datagrams) = netns.run(|| (TcpListener::bind(any), UdpSocket::bind(any)))?;
        let datagrams = datagrams?;
        datagrams.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { listener: listener?, datagrams: Arc::new(datagrams), address: address.into() })
    }

    fn tcp(&self) -> io::Result<Conversation> {
        let client = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        let server = self.accept()?;
        for end in [&client, &server] {
            end.set_read_timeout(Some(PATIENCE))?;
        }
        Ok(Conversation { ends: Ends::Tcp(client, server), said: 0 })
    }

    /// Where the client's last word was lost there is nobody to accept, though it believes to be connected.
    fn accept(&self) -> io::Result<TcpStream> {
        let patience = PollTimeout::try_from(PATIENCE).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)], patience)? == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(self.listener.accept()?.0)
    }

    fn udp(&self) -> io::Result<Conversation> {
        let client = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        client.connect(self.address)?;
        client.set_read_timeout(Some(PATIENCE))?;
        let ends = Ends::Udp(client, Arc::clone(&self.datagrams));
        let mut conversation = Conversation { ends, said: 0 };
        conversation.talk()?;
        Ok(conversation)
    }
}

/// A conversation, and how much was said.
#[derive(Debug)]
struct Conversation {
    ends: Ends,
    said: u64,
}

/// Client and server.
#[derive(Debug)]
enum Ends {
    Tcp(TcpStream, TcpStream),
    Udp(UdpSocket, Arc<UdpSocket>),
}

impl Conversation {
    /// There and back.
    fn talk(&mut self) -> io::Result<()> {
        self.said += 1;
        let said = self.said.to_be_bytes();
        let heard = match &self.ends {
            Ends::Tcp(client, server) => by_tcp(client, server, said),
            Ends::Udp(client, server) => by_udp(client, server, said),
        };
        if heard? == said { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// What comes back of what a client says.
fn by_tcp(mut client: &TcpStream, mut server: &TcpStream, said: [u8; 8]) -> io::Result<[u8; 8]> {
    let mut heard = [0; 8];
    client.write_all(&said)?;
    server.read_exact(&mut heard)?;
    server.write_all(&heard)?;
    client.read_exact(&mut heard)?;
    Ok(heard)
}

/// The same of a datagram.
fn by_udp(client: &UdpSocket, server: &UdpSocket, said: [u8; 8]) -> io::Result<[u8; 8]> {
    let mut heard = [0; 8];
    client.send(&said)?;
    let (_, from) = server.recv_from(&mut heard)?;
    server.send_to(&heard, from)?;
    client.recv(&mut heard)?;
    Ok(heard)
}
