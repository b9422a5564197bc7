//! Containers that are run, stopped and removed.

use causeway_lab::Store;

use super::{
    enumerate::{Operation, enumerate},
    scene::Scene,
};

const RUN: &str = "run -d --name c --network one -- sleep 900";

#[test]
fn a_container_that_is_run() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new(RUN).back_by(&["rm -f c"]));
}

#[test]
fn a_container_that_ends_at_once_and_is_removed() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new("run --rm -d --name c --network one -- true").that_ends());
}

#[test]
fn a_container_that_is_stopped_and_takes_part_in_a_service() {
    let mut scene = Scene::furnished(Store::Embedded);
    scene.ok("service create --network two -p 8080:80 web");
    let run = &["run -d --name c --network two --service web -- sleep 900"];
    enumerate(&mut scene, &Operation::new("stop c").after(run).back_by(&["rm c"]));
}

#[test]
fn a_container_that_is_removed_though_it_runs() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new("rm -f c").after(&[RUN]));
}

#[test]
fn a_cluster_of_etcd() {
    let mut scene = Scene::furnished(Store::Etcd);
    enumerate(&mut scene, &Operation::new(RUN).back_by(&["rm -f c"]));
}
