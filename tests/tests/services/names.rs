//! Which names there are, and what they say to `dig`.

use super::{
    cast::{Cluster, Container},
    dig::dig,
};

/// A server behind a service, one behind a service without an address, and a client, on three nodes.
fn scene() -> (Cluster, [Container; 4]) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    cluster.service("web", "", "shop");
    cluster.cw(1, "service create --network web --endpoint-mode dnsrr db");
    let one = cluster.server(1, "one", "--network web --network-alias www --hostname first --service shop");
    let two = cluster.server(2, "two", "--network web --service shop");
    let three = cluster.server(3, "three", "--network web --service db");
    let client = cluster.client(3, "client", "--network web");
    (cluster, [one, two, three, client])
}

#[test]
fn a_container_is_found_by_all_its_names() {
    let (_cluster, [one, _, _, client]) = scene();
    for name in ["one", "www", "first", one.short_id(), "ONE", "one.", "one.web", "www.web."] {
        let said = dig(&client, name);
        assert_eq!((said.status.as_str(), said.values()), ("NOERROR", vec![&*one.ip.to_string()]), "{name}");
        let (ttl, kind, _) = &said.answers[0];
        assert!(*ttl <= 5 && kind == "A", "{name}: {said:?}");
    }
    // Its own names, in itself.
    for name in ["one", "first"] {
        assert_eq!(dig(&one, name).values(), [one.ip.to_string()], "{name}");
    }
}

#[test]
fn a_service_is_its_address_and_its_tasks_are_its_backends() {
    let (cluster, [one, two, three, client]) = scene();
    let vip = cluster.vip("shop").to_string();
    let mut both = [one.ip.to_string(), two.ip.to_string()];
    both.sort();
    for asker in [&client, &one, &three] {
        assert_eq!(dig(asker, "shop").values(), [&*vip]);
        assert_eq!(dig(asker, "shop.web").values(), [&*vip]);
        assert_eq!(dig(asker, "tasks.shop").values(), both);
        assert_eq!(dig(asker, "db").values(), [three.ip.to_string()]);
        assert_eq!(dig(asker, "tasks.db").values(), [three.ip.to_string()]);
    }
}

#[test]
fn several_answers_come_in_changing_order() {
    let (_cluster, [one, two, _, client]) = scene();
    let first = || dig(&client, "tasks.shop").answers[0].2.clone();
    let seen: std::collections::BTreeSet<String> = (0..40).map(|_| first()).collect();
    assert_eq!(seen, [one.ip.to_string(), two.ip.to_string()].into());
}

#[test]
fn addresses_lead_back_to_names() {
    let (cluster, [one, _, _, client]) = scene();
    assert_eq!(dig(&client, &format!("-x {}", one.ip)).values(), ["one.web."]);
    assert_eq!(dig(&client, &format!("-x {}", cluster.vip("shop"))).values(), ["shop.web."]);
    // Nobody's address in the network is nobody's name outside either.
    assert_eq!(dig(&client, "-x 10.255.77.77").answers, []);
}

#[test]
fn a_known_name_of_another_type_is_empty_and_asked_of_nobody_else() {
    let (cluster, [.., client]) = scene();
    for name in ["one", "shop", "tasks.shop", "db"] {
        for kind in ["AAAA", "MX", "TXT", "HTTPS"] {
            let said = dig(&client, &format!("{name} {kind}"));
            assert_eq!((said.status.as_str(), said.answers.len()), ("NOERROR", 0), "{name} {kind}");
        }
    }
    for name in ["one", "shop", "db"] {
        assert_eq!(cluster.outside.asked_for(name), 0, "{name}");
    }
}

#[test]
fn published_ports_are_found_by_the_service() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    cluster.service("web", "-p published=18080,target=8080,mode=host", "shop");
    let one = cluster.server(1, "one", "--network web --service shop");
    let said = dig(&one, "_8080._tcp.shop SRV");
    assert_eq!(said.status, "NOERROR");
    let (_, kind, value) = &said.answers[0];
    let words: Vec<&str> = value.split(' ').collect();
    assert_eq!((kind.as_str(), words[2]), ("SRV", "8080"), "{said:?}");
    assert_eq!(dig(&one, words[3]).status, "NOERROR", "the target {said:?} is a name");
}

#[test]
fn a_service_without_backends_is_known_all_the_same() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop").to_string();
    cluster.cw(1, "service create --network web --endpoint-mode dnsrr db");
    let client = cluster.client(2, "client", "--network web");
    assert_eq!(dig(&client, "shop").values(), [&*vip]);
    for name in ["tasks.shop", "db"] {
        let said = dig(&client, name);
        assert_eq!((said.status.as_str(), said.answers.len()), ("NOERROR", 0), "{name}");
        assert_eq!(cluster.outside.asked_for(name), 0, "{name}");
    }
}

#[test]
fn a_name_that_was_added_to_a_running_container_is_found() {
    let (cluster, [_, two, _, client]) = scene();
    cluster.overlay("later");
    cluster.cw(3, "network connect --alias mine later client");
    cluster.cw(2, "network connect later two");
    let said = dig(&client, "two.later");
    assert_eq!((said.status.as_str(), said.answers.len()), ("NOERROR", 1), "{said:?}");
    assert_ne!(said.values(), [two.ip.to_string()]);
    assert_eq!(dig(&two, "mine").answers.len(), 1);
    cluster.cw(2, "network disconnect later two");
    assert_eq!(dig(&client, "two.later").answers, []);
    assert_eq!(dig(&client, "two").values(), [two.ip.to_string()]);
}
