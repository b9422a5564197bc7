//! Programs that users have find names and services by their own resolvers: glibc's, musl's, and those
//! that programs bring along.

use std::{path::PathBuf, process::Command};

use causeway_lab::run;

use super::cast::{Cluster, Container};

/// A client of musl's resolver: prints the address of each name.
const MUSL: &str = r#"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
int main(int count, char **words) {
    for (int word = 1; word < count; word++) {
        struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
        if (getaddrinfo(words[word], "80", &wanted, &found)) return 1;
        puts(inet_ntoa(((struct sockaddr_in *)found->ai_addr)->sin_addr));
    }
    return 0;
}
"#;

fn musl(cluster: &Cluster) -> PathBuf {
    let root = &cluster.lab.layout().root;
    let (source, program) = (root.join("lookup.c"), root.join("lookup"));
    std::fs::write(&source, MUSL).unwrap();
    let mut compile = Command::new("musl-gcc");
    compile.arg("-static").arg("-o").arg(&program).arg(&source);
    run::output(&mut compile, run::LIMIT).unwrap().text().unwrap();
    program
}

/// What each client says of a name: lines with its address.
fn ask_by(musl: &std::path::Path, name: &str) -> Vec<(&'static str, String)> {
    vec![
        ("glibc, getent", format!("getent ahostsv4 {name}")),
        ("musl", format!("{} {name}", musl.display())),
        ("python", format!("python3 -c 'import socket; print(socket.gethostbyname(\"{name}\"))'")),
        ("busybox nslookup", format!("busybox nslookup {name}")),
        ("dig", format!("dig +short {name}")),
        ("dig by TCP", format!("dig +short +tcp {name}")),
        ("host", format!("host {name}")),
        (
            "node, its own resolver",
            format!("node -e 'require(\"dns\").resolve4(\"{name}\", (e, a) => console.log(e || a[0]))'"),
        ),
        (
            "node, the system's",
            format!("node -e 'require(\"dns\").lookup(\"{name}\", (e, a) => console.log(e || a))'"),
        ),
    ]
}

fn scene() -> (Cluster, Container) {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    cluster.service("web", "", "shop");
    let one = cluster.server(1, "one", "--network web --service shop");
    cluster.client(2, "client", "--network web");
    (cluster, one)
}

#[test]
fn every_resolver_finds_containers_services_and_the_rest_of_the_world() {
    let (cluster, one) = scene();
    let musl = musl(&cluster);
    let known = [
        ("one", one.ip.to_string()),
        ("shop", cluster.vip("shop").to_string()),
        ("tasks.shop", one.ip.to_string()),
        (super::outside::NAME, super::outside::ADDRESS.to_string()),
    ];
    for (name, address) in &known {
        for (client, line) in ask_by(&musl, name) {
            let said = cluster.exec(2, "client", &line);
            assert!(said.contains(address.as_str()), "{client}, {name}: '{said}' without {address}");
        }
    }
    for (client, line) in ask_by(&musl, "nobody") {
        let said = cluster.try_exec(2, "client", &line);
        assert!(!said.stdout.contains("10."), "{client}: {}", said.stdout);
    }
}

#[test]
fn programs_talk_to_a_service_by_its_name() {
    let (cluster, _one) = scene();
    cluster.cw(1, "service create --network web page");
    cluster.cw(1, "run -d --network web --service page -- busybox httpd -f -p 8080 -h /");
    let node = "require(\"net\").connect(8080, \"shop\").on(\"data\", d => { console.log(`${d}`); process.exit() }).write(\"x\\n\")";
    for (client, line, wanted) in [
        ("curl", "curl -sS --retry 5 --retry-connrefused --max-time 5 http://page:8080/etc/hostname".to_owned(), ""),
        ("busybox wget", "busybox wget -qO- http://page:8080/etc/hostname".to_owned(), ""),
        (
            "python",
            "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://page:8080/etc/hostname\").read())'"
                .to_owned(),
            "",
        ),
        ("bash", "bash -c 'exec 3<>/dev/tcp/shop/8080; echo x >&3; head -1 <&3'".to_owned(), "one "),
        ("node", format!("node -e '{node}'"), "one "),
        ("socat by UDP", "echo x | socat -t1 - UDP4:shop:8080".to_owned(), "one "),
    ] {
        let said = cluster.exec(2, "client", &line);
        assert!(!said.is_empty() && said.contains(wanted), "{client}: '{said}'");
    }
}
