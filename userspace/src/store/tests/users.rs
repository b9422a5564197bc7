//! etcd that lets in only users.

use std::{path::Path, time::Duration};

use etcd_client::{Client, ConnectOptions, Permission, PermissionType};
use tempfile::TempDir;

use super::{
    etcd_process::{EtcdProcess, signed_tokens},
    keys, put, put_leased, writes,
};
use crate::store::Access;

const ROOT: &str = "root";

/// An etcd with users: root, and one who may use our keys.
struct Guarded {
    etcd: EtcdProcess,
    dir: TempDir,
}

impl Guarded {
    async fn start(options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let etcd = EtcdProcess::start_as(options, Access::default()).await;
        let client = Client::connect([etcd.endpoint()], None).await.unwrap();
        let mut auth = client.auth_client();
        auth.user_add(ROOT, ROOT, None).await.unwrap();
        auth.role_add(ROOT).await.unwrap();
        auth.user_grant_role(ROOT, ROOT).await.unwrap();
        auth.user_add("node", "secret", None).await.unwrap();
        auth.role_add("causeway").await.unwrap();
        let ours = Permission::new(PermissionType::Readwrite, "/causeway/").with_prefix();
        auth.role_grant_permission("causeway", ours).await.unwrap();
        auth.user_add("nobody", "nothing", None).await.unwrap();
        auth.user_grant_role("node", "causeway").await.unwrap();
        auth.auth_enable().await.unwrap();
        Self { etcd, dir: tempfile::tempdir().unwrap() }
    }

    fn user(&self, name: &str, password: &str) -> Access {
        let file = self.dir.path().join(password);
        std::fs::write(&file, format!("{password}\n")).unwrap();
        Access { user: Some(name.to_owned()), password_file: Some(file), ..Access::default() }
    }

    async fn refusal(&self, access: &Access) -> String {
        let store = self.etcd.store_as(access).await.unwrap();
        store.commit(writes([put("a", "1")])).await.unwrap_err().to_string()
    }

    async fn root(&self) -> Client {
        let options = ConnectOptions::new().with_user(ROOT, ROOT);
        Client::connect([self.etcd.endpoint()], Some(options)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_lets_in_only_users_and_who_is_not_is_told_what_to_do() {
    let guarded = Guarded::start(&[]).await;
    let store = guarded.etcd.store_as(&guarded.user("node", "secret")).await.unwrap();
    store.commit(writes([put("a", "1")])).await.unwrap();
    let lease = store.lease(Duration::from_secs(2)).await.unwrap();
    let revision = store.commit(writes([put_leased("b", lease.id)])).await.unwrap();
    store.watch("", revision).await.map(drop).unwrap();
    assert_eq!(keys(&store).await, ["a", "b"]);
    for (access, named) in [
        (Access::default(), "[etcd] user"),
        (guarded.user("node", "wrong"), "password_file"),
        (guarded.user("stranger", "secret"), "[etcd] user"),
        (guarded.user("nobody", "nothing"), "/causeway/"),
    ] {
        let said = guarded.refusal(&access).await;
        assert!(said.contains(named) && !said.contains('\n'), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_etcd_without_users_is_said_to_know_none() {
    let etcd = EtcdProcess::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let access = Access { user: Some("node".to_owned()), password_file: Some(file), ..Access::default() };
    let said = etcd.store_as(&access).await.unwrap().snapshot().await.unwrap_err().to_string();
    assert!(said.contains("leave [etcd] user out"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_expired_is_renewed() {
    let guarded = Guarded::start(&["--auth-token-ttl=1"]).await;
    let store = guarded.etcd.store_as(&guarded.user("node", "secret")).await.unwrap();
    store.commit(writes([put("a", "1")])).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    store.commit(writes([put("b", "1")])).await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_before_users_were_changed_is_renewed() {
    let dir = tempfile::tempdir().unwrap();
    let guarded = Guarded::start(&[&signed_tokens(dir.path())]).await;
    let store = guarded.etcd.store_as(&guarded.user("node", "secret")).await.unwrap();
    store.commit(writes([put("a", "1")])).await.unwrap();
    guarded.root().await.auth_client().user_add("another", "x", None).await.unwrap();
    store.commit(writes([put("b", "1")])).await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_known_again_after_etcd_was_restarted() {
    let mut guarded = Guarded::start(&[]).await;
    let access = guarded.user("node", "secret");
    let store = guarded.etcd.store_as(&access).await.unwrap();
    store.commit(writes([put("a", "1")])).await.unwrap();
    guarded.etcd.kill();
    guarded.etcd.answers_to(access);
    guarded.etcd.resume().await;
    store.commit(writes([put("b", "1")])).await.unwrap();
}
