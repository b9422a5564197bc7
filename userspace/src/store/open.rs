//! Which store: `--store`.

use std::{path::Path, sync::Arc};

use super::{Store, StoreError, embedded::Embedded, etcd::Etcd};

/// Opens the store that `spec` names: `embedded`, a file in `state_dir`, or `etcd://H:P[,H:P…]`.
/// Does not talk to etcd yet.
///
/// # Errors
/// [`StoreError::Failed`] where `spec` is neither, or the file cannot be used.
pub async fn open(spec: &str, state_dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    if spec == "embedded" {
        return Ok(Arc::new(Embedded::open(&state_dir.join("causeway.redb"))?));
    }
    let endpoints: Vec<_> =
        spec.strip_prefix("etcd://").into_iter().flat_map(|list| list.split(',')).collect();
    if endpoints.is_empty() || !endpoints.iter().all(|e| is_endpoint(e)) {
        let reason =
            "it is neither 'embedded' nor 'etcd://HOST:PORT[,HOST:PORT…]'; correct --store".to_owned();
        return Err(StoreError::Failed { store: spec.to_owned(), reason });
    }
    Ok(Arc::new(Etcd::new(&endpoints).await?))
}

fn is_endpoint(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
