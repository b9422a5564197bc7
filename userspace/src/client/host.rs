//! Where the daemon listens, as people write it.

use std::path::PathBuf;

use super::{ClientError, Result};

/// The daemon's address where nobody says otherwise.
pub const DEFAULT_HOST: &str = "unix:///run/causeway/causeway.sock";
/// The environment variable that says otherwise; `--host` wins over it.
pub const HOST_VARIABLE: &str = "CAUSEWAY_HOST";

/// The socket that `host` names.
pub(super) fn socket_path(host: &str) -> Result<PathBuf> {
    match host.strip_prefix("unix://") {
        Some(path) if path.starts_with('/') => Ok(PathBuf::from(path)),
        _ => Err(ClientError::InvalidHost(host.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_scheme_and_an_absolute_path() {
        assert!(matches!(socket_path("unix:///run/x.sock"), Ok(p) if p == *"/run/x.sock"));
        for bad in ["", "unix://", "unix://run/x", "/run/x.sock", "tcp://127.0.0.1:80"] {
            assert!(matches!(socket_path(bad), Err(ClientError::InvalidHost(h)) if h == bad));
        }
    }
}
