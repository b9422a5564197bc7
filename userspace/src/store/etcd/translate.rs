//! Our words into etcd's and back.

use etcd_client::{Compare, CompareOp, Event, EventType, KeyValue, PutOptions, ResponseHeader, TxnOp};

use super::ROOT;
use crate::store::{Entry, Precondition, Revision, Txn, Write};

/// A revision as etcd writes it.
pub(super) fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn unsigned(revision: i64) -> Revision {
    u64::try_from(revision).unwrap_or(0)
}

/// The store's revision as an answer tells it.
pub(super) fn revision(header: Option<&ResponseHeader>) -> Revision {
    header.map_or(0, |h| unsigned(h.revision()))
}

/// The first key behind everything under the root.
pub(super) fn range_end() -> Vec<u8> {
    end_of(ROOT)
}

/// The first key behind everything that begins with `prefix`, which ends with '/'.
pub(super) fn end_of(prefix: &str) -> Vec<u8> {
    let mut end = prefix.as_bytes().to_vec();
    end.pop();
    end.push(b'/' + 1);
    end
}

/// The key in etcd.
pub(super) fn absolute(key: &str) -> String {
    format!("{ROOT}{key}")
}

/// The key relative to the root; `None` for one that is not ours.
fn relative(key: &[u8]) -> Option<String> {
    let key = std::str::from_utf8(key).ok()?;
    key.strip_prefix(ROOT).map(str::to_owned)
}

pub(super) fn entry(kv: &KeyValue) -> Option<Entry> {
    let revision = unsigned(kv.mod_revision());
    Some(Entry { key: relative(kv.key())?, value: kv.value().to_vec(), revision })
}

/// An event as (revision, key, new value).
pub(super) fn event(event: &Event) -> Option<(Revision, String, Option<Vec<u8>>)> {
    let kv = event.kv()?;
    let value = (event.event_type() == EventType::Put).then(|| kv.value().to_vec());
    Some((unsigned(kv.mod_revision()), relative(kv.key())?, value))
}

pub(super) fn txn(txn: &Txn) -> etcd_client::Txn {
    let compares: Vec<_> = txn.preconditions.iter().map(compare).collect();
    let writes: Vec<_> = txn.writes.iter().map(write).collect();
    etcd_client::Txn::new().when(compares).and_then(writes)
}

/// A key that is absent has version 0 (etcd's documentation of `Compare`).
fn compare(precondition: &Precondition) -> Compare {
    match precondition {
        Precondition::Absent(key) => Compare::version(absolute(key), CompareOp::Equal, 0),
        Precondition::Present(key) => Compare::version(absolute(key), CompareOp::Greater, 0),
        Precondition::Unchanged(key, revision) => {
            Compare::mod_revision(absolute(key), CompareOp::Equal, signed(*revision))
        }
    }
}

fn write(write: &Write) -> TxnOp {
    match write {
        Write::Put { key, value, lease } => {
            let options = lease.map(|lease| PutOptions::new().with_lease(lease));
            TxnOp::put(absolute(key), value.clone(), options)
        }
        Write::Delete(key) => TxnOp::delete(absolute(key), None),
    }
}
