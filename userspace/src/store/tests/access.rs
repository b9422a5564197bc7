//! etcd over TLS.

use std::path::Path;

use super::{
    StoreError,
    certificates::{Authority, option},
    etcd_process::EtcdProcess,
    keys, put, writes,
};
use crate::store::{Access, open_as};

/// An etcd that its authority vouches for and that lets in only whom the authority knows.
async fn strict(authority: &Authority) -> (EtcdProcess, Access) {
    let (own, ours) = (authority.vouch_for("127.0.0.1"), authority.vouch_for("node1"));
    let options = vec![
        option("cert-file", &own.cert),
        option("key-file", &own.key),
        option("trusted-ca-file", &authority.ca()),
        "--client-cert-auth".to_owned(),
    ];
    let access =
        Access { ca: Some(authority.ca()), cert: Some(ours.cert), key: Some(ours.key), ..Access::default() };
    (EtcdProcess::start_as(options, access.clone()).await, access)
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_over_tls_lets_in_only_whom_the_authority_knows_and_is_known_itself() {
    let authority = Authority::new();
    let (mut etcd, access) = strict(&authority).await;
    let store = etcd.store().await;
    assert!(store.describe().starts_with("etcds://"), "{}", store.describe());
    store.commit(writes([put("a", "1")])).await.unwrap();

    let unknown = etcd.store_as(&Access { cert: None, key: None, ..access.clone() }).await.unwrap();
    // Its refusal may come after it has hung up.
    assert_away(unknown.snapshot().await.map(drop), "");
    let stranger = Authority::new();
    let mistrusts = etcd.store_as(&Access { ca: Some(stranger.ca()), ..access }).await.unwrap();
    assert_away(mistrusts.snapshot().await.map(drop), "certificate");
    let plain = open_as(&format!("etcd://{}", etcd.endpoint()), &Access::default(), Path::new("/")).await;
    assert_away(plain.unwrap().snapshot().await.map(drop), "");

    etcd.kill();
    etcd.resume().await;
    assert_eq!(keys(&store).await, ["a"], "the connection comes back");
}

fn assert_away(result: Result<(), StoreError>, reason: &str) {
    let error = result.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{text}");
    assert!(text.contains(reason) && !text.contains('\n'), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_good_is_named() {
    let authority = Authority::new();
    let papers = authority.vouch_for("node1");
    let (ca, cert, key) = (Some(authority.ca()), Some(papers.cert.clone()), Some(papers.key.clone()));
    let empty = Some(authority.ca().with_file_name("empty"));
    std::fs::write(empty.as_ref().unwrap(), "\n").unwrap();
    let missing = Some("/nonexistent/file".into());
    let with_ca = || Access { ca: ca.clone(), ..Access::default() };
    let user = Some("causeway".to_owned());
    for (access, named) in [
        (Access { ca: missing.clone(), ..Access::default() }, ["/nonexistent/file", "[etcd] ca"]),
        (Access { ca: empty.clone(), ..Access::default() }, ["/empty", "[etcd] ca"]),
        (Access { cert: cert.clone(), ..with_ca() }, ["cert", "key"]),
        (Access { key: key.clone(), ..with_ca() }, ["key", "cert"]),
        (Access { cert: key.clone(), key: key.clone(), ..with_ca() }, ["node1.key", "[etcd] cert"]),
        (Access { cert: cert.clone(), key: cert.clone(), ..with_ca() }, ["node1.pem", "[etcd] key"]),
        (Access { cert: cert.clone(), key: key.clone(), ..Access::default() }, ["[etcd] cert", "etcds://"]),
        (Access { user: user.clone(), ..Access::default() }, ["user", "password_file"]),
        (Access { password_file: missing, ..Access::default() }, ["password_file", "user"]),
        (Access { user, password_file: empty, ..Access::default() }, ["/empty", "[etcd] password_file"]),
    ] {
        let refused = open_as("etcd://h:1", &access, Path::new("/")).await.err().unwrap().to_string();
        assert!(named.iter().all(|part| refused.contains(part)) && !refused.contains('\n'), "{refused}");
    }
    // The authority's word on another key is no identity.
    let other = authority.vouch_for("node2");
    let mixed = Access { cert, key: Some(other.key), ..with_ca() };
    assert!(open_as("etcd://h:1", &mixed, Path::new("/")).await.is_err());
}
