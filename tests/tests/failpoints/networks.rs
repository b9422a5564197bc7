//! Networks, services and the node's record.

use causeway_lab::Store;

use super::{
    enumerate::{Operation, enumerate},
    scene::Scene,
};

const NETWORK: &str = "network create -d overlay three";
const SERVICE: &str = "service create --network two -p 8080:80 web";

#[test]
fn networks_and_services_that_come_and_go_and_a_node_that_is_drained() {
    let mut scene = Scene::furnished(Store::Embedded);
    enumerate(&mut scene, &Operation::new(NETWORK).back_by(&["network rm three"]));
    enumerate(&mut scene, &Operation::new("network rm three").after(&[NETWORK]));
    enumerate(&mut scene, &Operation::new(SERVICE).back_by(&["service rm web"]));
    enumerate(&mut scene, &Operation::new("service rm web").after(&[SERVICE]));
    let active = &["node update --availability active node1"];
    enumerate(&mut scene, &Operation::new("node update --availability drain node1").back_by(active));
}
