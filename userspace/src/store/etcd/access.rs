//! Who this node is to etcd, and how it knows etcd: `[etcd]` in the configuration file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use etcd_client::{Certificate, Identity, TlsOptions};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde::Deserialize;

/// `[etcd]`: files for TLS, and a user. Nothing of it is needed where etcd asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Certificates (PEM) of who vouches for etcd's members; with it TLS is on. Without it, those that
    /// the system trusts.
    pub ca: Option<PathBuf>,
    /// This node's certificate (PEM), where etcd asks for one.
    pub cert: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// The user whose role may read and write keys that begin with `/causeway/`.
    pub user: Option<String>,
    /// The file that holds the user's password, one line.
    #[serde(alias = "password-file")]
    pub password_file: Option<PathBuf>,
}

/// Name and password.
pub(super) type User = (String, String);

/// An `[etcd]` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum AccessError {
    #[error("cannot read {}: {source}; correct [etcd] {key}", path.display())]
    Unreadable { key: &'static str, path: PathBuf, source: io::Error },
    #[error("{} holds no {what} in PEM; correct [etcd] {key}", path.display())]
    Holds { key: &'static str, path: PathBuf, what: &'static str },
    #[error("[etcd] {0} is nothing without {1}; name both")]
    Half(&'static str, &'static str),
    #[error("[etcd] cert is for TLS, which is off; name [etcd] ca, or write etcds:// in --store")]
    NoTls,
}

impl Access {
    /// What TLS needs; `None` where it is off.
    pub(super) fn tls(&self, wanted: bool) -> Result<Option<TlsOptions>, AccessError> {
        let identity = self.identity()?;
        if !wanted && self.ca.is_none() {
            return if identity.is_some() { Err(AccessError::NoTls) } else { Ok(None) };
        }
        let options = match &self.ca {
            Some(path) => TlsOptions::new().ca_certificate(Certificate::from_pem(certificates("ca", path)?)),
            None => TlsOptions::new().with_enabled_roots(),
        };
        Ok(Some(match identity {
            Some(identity) => options.identity(identity),
            None => options,
        }))
    }

    fn identity(&self) -> Result<Option<Identity>, AccessError> {
        let Some((cert, key)) = both(("cert", &self.cert), ("key", &self.key))? else { return Ok(None) };
        let cert = certificates("cert", cert)?;
        let text = read("key", key)?;
        if PrivateKeyDer::from_pem_slice(&text).is_err() {
            return Err(AccessError::Holds { key: "key", path: key.clone(), what: "private key" });
        }
        Ok(Some(Identity::from_pem(cert, text)))
    }

    /// The user, where one is named.
    pub(super) fn user(&self) -> Result<Option<User>, AccessError> {
        let Some((user, path)) = both(("user", &self.user), ("password_file", &self.password_file))? else {
            return Ok(None);
        };
        let text = read("password_file", path)?;
        let password = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
        if password.is_empty() {
            return Err(AccessError::Holds { key: "password_file", path: path.clone(), what: "password" });
        }
        Ok(Some((user.clone(), password)))
    }
}

/// Both or neither.
fn both<'a, A, B>(
    (one, a): (&'static str, &'a Option<A>),
    (other, b): (&'static str, &'a Option<B>),
) -> Result<Option<(&'a A, &'a B)>, AccessError> {
    match (a, b) {
        (Some(a), Some(b)) => Ok(Some((a, b))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(AccessError::Half(one, other)),
        (None, Some(_)) => Err(AccessError::Half(other, one)),
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, AccessError> {
    fs::read(path).map_err(|source| AccessError::Unreadable { key, path: path.to_owned(), source })
}

/// A file's text, if it holds at least one certificate and none that is damaged.
fn certificates(key: &'static str, path: &Path) -> Result<Vec<u8>, AccessError> {
    let text = read(key, path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    if found.is_ok_and(|found| !found.is_empty()) {
        Ok(text)
    } else {
        Err(AccessError::Holds { key, path: path.to_owned(), what: "certificate" })
    }
}
