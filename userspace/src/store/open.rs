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
    let (tls, list) = match (spec.strip_prefix("etcd://"), spec.strip_prefix("etcds://")) {
        (Some(list), _) => (false, list),
        (_, Some(list)) => (true, list),
        _ => (false, ""),
    };
    let endpoints: Vec<_> = list.split(',').collect();
    if !endpoints.iter().all(|e| is_endpoint(e)) {
        let reason = "it is neither 'embedded' nor 'etcd://HOST:PORT[,HOST:PORT…]' (etcds:// for TLS); correct --store";
        return Err(StoreError::Failed { store: spec.to_owned(), reason: reason.to_owned() });
    }
    Ok(Arc::new(Etcd::new(&endpoints, tls, access).await?))
}

fn is_endpoint(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
