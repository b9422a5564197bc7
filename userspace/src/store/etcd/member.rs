//! One member of the etcd cluster.

use std::sync::atomic::{AtomicBool, Ordering};

use etcd_client::{Client, ConnectOptions};

use super::{access::User, reason::Failure};

/// A member, and who we are to it.
pub(super) struct Member {
    client: Client,
    user: Option<User>,
    /// It has given us a token.
    known: AtomicBool,
}

impl Member {
    /// A member at this address. Nothing is asked of it yet.
    pub(super) async fn new(url: &str, options: ConnectOptions, user: Option<User>) -> Result<Self, Failure> {
        // Tokens that expire are renewed by the client. The user is told to it later: it would be asked for now.
        let client = Client::connect([url], Some(options.with_auto_token_refresh(true))).await?;
        Ok(Self { client, user, known: AtomicBool::new(false) })
    }

    /// Makes a call in the user's name.
    pub(super) async fn call<R, F>(&self, call: &mut impl FnMut(Client) -> F) -> Result<R, Failure>
    where
        F: Future<Output = Result<R, etcd_client::Error>>,
    {
        self.introduce().await?;
        match call(self.client.clone()).await.map_err(Failure::from) {
            // Users or roles have changed since the token was given; nothing has been carried out.
            Err(Failure::OldToken) => {
                self.client.refresh_token().await?;
                Ok(call(self.client.clone()).await?)
            }
            answer => answer,
        }
    }

    async fn introduce(&self) -> Result<(), Failure> {
        if self.user.is_some() && !self.known.load(Ordering::Relaxed) {
            self.client.clone().update_user(self.user.clone()).await?;
            self.known.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
