//! Which layouts etcd holds keys of.

use etcd_client::GetOptions;

use super::{ROOT, members::Members, translate};
use crate::store::StoreError;

/// Under this stand the roots of all layouts, each `v` and a number.
const LAYOUTS: &str = "/causeway/";

/// Refuses an etcd that holds keys of another layout, and none of ours.
pub(super) async fn check(members: &Members) -> Result<(), StoreError> {
    if first_key(members, ROOT.into(), translate::range_end()).await?.is_some() {
        return Ok(());
    }
    let all = translate::end_of(LAYOUTS);
    let before = first_key(members, LAYOUTS.into(), ROOT.into()).await?;
    let other = match before {
        Some(key) => Some(key),
        None => first_key(members, translate::range_end(), all).await?,
    };
    other.map_or(Ok(()), |key| Err(refusal(members, &layout_of(&key))))
}

async fn first_key(members: &Members, from: Vec<u8>, end: Vec<u8>) -> Result<Option<String>, StoreError> {
    let options = GetOptions::new().with_range(end).with_limit(1).with_keys_only();
    let found = members.get(from, options).await?;
    Ok(found.kvs().first().map(|kv| String::from_utf8_lossy(kv.key()).into_owned()))
}

/// `/causeway/v1/` of `/causeway/v1/nodes/…`.
fn layout_of(key: &str) -> String {
    let version = key.strip_prefix(LAYOUTS).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    format!("{LAYOUTS}{version}/")
}

fn refusal(members: &Members, other: &str) -> StoreError {
    let reason = format!(
        "it holds keys of another layout, {other}, where this causewayd keeps {ROOT}; start the causewayd that \
         wrote them, or remove them with `etcdctl del --prefix {other}`"
    );
    StoreError::Failed { store: members.describe(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_the_beginning_of_its_keys() {
        assert_eq!(layout_of("/causeway/v12/nodes/x"), "/causeway/v12/");
        assert_eq!(layout_of("/causeway/odd"), "/causeway/odd/");
    }
}
