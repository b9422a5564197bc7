//! Which store: `--store`.

use std::{path::Path, sync::Arc};

use super::{Access, Store, StoreError, embedded::Embedded, etcd::Etcd};

/// As [`open_as`], where etcd asks for nothing.
///
/// # Errors
/// Those of [`open_as`].
pub async fn open(spec: &str, state_dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    open_as(spec, &Access::default(), state_dir).await
}

/// Opens the store that `spec` names: `embedded`, a file in `state_dir`, or `etcd://H:P[,H:P…]`, or
/// `etcds://` for etcd over TLS. Does not talk to etcd yet.
///
/// # Errors
/// [`StoreError::Failed`] where `spec` is none of them, or a file cannot be used.
pub async fn open_as(spec: &str, access: &Access, state_dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    if spec == "embedded" {
        return Ok(Arc::new(Embedded::open(&state_dir.join("causeway.redb"))?));
    }
    let Some((tls, endpoints)) = etcd_endpoints(spec) else {
        let reason = "it is neither 'embedded' nor 'etcd://HOST:PORT[,HOST:PORT…]' (etcds:// for TLS); correct --store";
        return Err(StoreError::Failed { store: spec.to_owned(), reason: reason.to_owned() });
    };
    Ok(Arc::new(Etcd::new(&endpoints, tls, access).await?))
}

/// Whether TLS is on, and the members that `etcd://H:P[,H:P…]` or `etcds://…` names.
pub fn etcd_endpoints(spec: &str) -> Option<(bool, Vec<&str>)> {
    let plain = spec.strip_prefix("etcd://").map(|list| (false, list));
    let (tls, list) = plain.or_else(|| Some((true, spec.strip_prefix("etcds://")?)))?;
    let endpoints: Vec<_> = list.split(',').collect();
    endpoints.iter().all(|endpoint| is_endpoint(endpoint)).then_some((tls, endpoints))
}

fn is_endpoint(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
