//! Namespaces that are attached, and connections of running containers.

use causeway_lab::Store;

use super::{
    enumerate::{Operation, enumerate},
    scene::Scene,
};

const BY_PATH: &str = "attach --netns FOREIGN --network one c";
const BY_PID: &str = "attach --pid PID --network one c";
const CONNECT: &str = "network connect --ip 10.72.0.9 two base";
const DISCONNECT: &str = "network disconnect two base";

#[test]
fn a_namespace_that_is_attached_by_its_path() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new(BY_PATH).back_by(&["detach c"]));
}

#[test]
fn a_namespace_that_is_attached_by_its_process_and_detached() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new(BY_PID).back_by(&["detach c"]));
    enumerate(&mut scene, &Operation::new("detach c").after(&[BY_PID]));
}

#[test]
fn a_container_that_is_connected_and_disconnected() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new(CONNECT).back_by(&[DISCONNECT]));
    enumerate(&mut scene, &Operation::new(DISCONNECT).after(&[CONNECT]));
}
