//! The plugin protocol, call by call, as an engine writes it: every call there is, twice, and what cannot be.

use std::path::PathBuf;

use causeway_lab::{Lab, run};
use serde_json::{Value, json};

/// A node with a plugin, and no engine.
struct Plugin {
    lab: Lab,
    socket: PathBuf,
}

impl Plugin {
    fn start() -> Self {
        let mut lab = Lab::builder().nodes(1).daemons(false).start().unwrap();
        lab.start_etcd().unwrap();
        let socket = lab.layout().root.join("plugins/causeway.sock");
        let nobody = lab.layout().root.join("docker.sock");
        let options = ["--docker-plugin", "--docker-plugin-socket", socket.to_str().unwrap()];
        let more = ["--docker-socket", nobody.to_str().unwrap()];
        lab.node_mut(1).start_daemon_given(&[&options[..], &more[..]].concat()).unwrap();
        lab.node(1).wait_ready(1).unwrap();
        Self { lab, socket }
    }

    /// Status and body of the answer to a call.
    fn ask(&self, method: &str, body: &Value) -> (String, Value) {
        let mut curl = self.lab.node(1).command("curl");
        curl.arg("-sS").arg("--unix-socket").arg(&self.socket).args(["-X", "POST", "-w", "\n%{http_code}"]);
        curl.args(["-H", "Accept: application/vnd.docker.plugins.v1.2+json", "-d", &body.to_string()]);
        let said =
            run::output(curl.arg(format!("http://plugin/{method}")), run::LIMIT).unwrap().text().unwrap();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{method}: {said}")))
    }

    /// The answer to a call that is done.
    fn done(&self, method: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, body);
        assert_eq!(status, "200", "{method}: {answer}");
        assert!(answer.get("Err").is_none() && answer.get("Error").is_none(), "{method}: {answer}");
        answer
    }

    /// The line under which a call is refused.
    fn refused(&self, method: &str, body: &Value) -> String {
        let (status, answer) = self.ask(method, body);
        assert_eq!(status, "200", "{method}: {answer}");
        let word = if method.starts_with("Ipam") { "Error" } else { "Err" };
        let line = answer[word].as_str().unwrap_or_else(|| panic!("{method}: {answer}")).to_owned();
        assert!(!line.is_empty() && !line.contains('\n'), "{line}");
        line
    }
}

fn id(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn network_body() -> Value {
    json!({
        "NetworkID": id('a'),
        "Options": { "com.docker.network.enable_ipv6": false,
                     "com.docker.network.generic": { "causeway.network": "shop" } },
        "IPv4Data": [{ "AddressSpace": "causeway", "Pool": "10.77.0.0/24", "Gateway": "10.77.0.1/24" }],
        "IPv6Data": null,
    })
}

fn of_endpoint() -> Value {
    json!({ "NetworkID": id('a'), "EndpointID": id('e') })
}

#[test]
fn every_call_is_answered_and_may_come_twice() {
    let plugin = Plugin::start();
    let drivers = plugin.done("Plugin.Activate", &json!({}));
    assert_eq!(drivers["Implements"], json!(["NetworkDriver", "IpamDriver"]));
    assert_eq!(plugin.done("NetworkDriver.GetCapabilities", &json!({}))["Scope"], "local");
    for method in ["AllocateNetwork", "FreeNetwork", "GwAllocCheck", "DiscoverNew", "DiscoverDelete"] {
        plugin.done(&format!("NetworkDriver.{method}"), &json!({}));
    }
    assert_eq!(plugin.done("IpamDriver.GetCapabilities", &json!({}))["RequiresRequestReplay"], false);
    let spaces = plugin.done("IpamDriver.GetDefaultAddressSpaces", &json!({}));
    assert_eq!(spaces["LocalDefaultAddressSpace"], "causeway");

    let wish = json!({ "AddressSpace": "causeway", "Pool": "10.77.0.0/24", "SubPool": "", "Options": null, "V6": false });
    let pool = plugin.done("IpamDriver.RequestPool", &wish);
    assert_eq!(pool["Pool"], "10.77.0.0/24");
    let of_pool = |more: Value| {
        let mut body = json!({ "PoolID": pool["PoolID"], "Options": null });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let gateway =
        of_pool(json!({ "Address": "", "Options": { "RequestAddressType": "com.docker.network.gateway" } }));
    for _ in 0..2 {
        assert_eq!(plugin.done("IpamDriver.RequestAddress", &gateway)["Address"], "10.77.0.1/24");
        plugin.done("NetworkDriver.CreateNetwork", &network_body());
    }
    let held = plugin.done("IpamDriver.RequestAddress", &of_pool(json!({ "Address": "10.77.0.9" })));
    assert_eq!(held["Address"], "10.77.0.9/24");

    let mut wanted = of_endpoint();
    wanted["Interface"] = json!({ "Address": "10.77.0.9/24", "AddressIPv6": "", "MacAddress": "" });
    wanted["Options"] = json!({});
    for _ in 0..2 {
        let made = plugin.done("NetworkDriver.CreateEndpoint", &wanted);
        assert_eq!(
            made["Interface"],
            json!({ "MacAddress": "02:42:0a:4d:00:09" }),
            "what was said is not told"
        );
    }
    plugin.done("NetworkDriver.EndpointOperInfo", &of_endpoint());
    let links = plugin.lab.node(1).sh("ip -o link").unwrap();
    assert!(links.contains("cwieeeeeeeeeeee") && links.contains("cweeeeeeeeeeee"), "{links}");

    let mut join = of_endpoint();
    join["SandboxKey"] = "/run/docker/netns/0123456789ab".into();
    for _ in 0..2 {
        let joined = plugin.done("NetworkDriver.Join", &join);
        assert_eq!(joined["InterfaceName"], json!({ "SrcName": "cwieeeeeeeeeeee", "DstPrefix": "eth" }));
        assert_eq!(
            (&joined["Gateway"], &joined["DisableGatewayService"]),
            (&json!("10.77.0.1"), &json!(false))
        );
    }
    let mut ports = of_endpoint();
    ports["Options"] = json!({ "com.docker.network.portmap": [
        { "Proto": 6, "IP": "", "Port": 80, "HostIP": "", "HostPort": 8080, "HostPortEnd": 8080 } ] });
    for _ in 0..2 {
        plugin.done("NetworkDriver.ProgramExternalConnectivity", &ports);
    }
    let shown = plugin.lab.node(1).cw("ps").unwrap();
    assert!(shown.contains("0.0.0.0:8080->80/tcp"), "{shown}");

    for method in ["RevokeExternalConnectivity", "Leave", "DeleteEndpoint"] {
        plugin.done(&format!("NetworkDriver.{method}"), &of_endpoint());
        plugin.done(&format!("NetworkDriver.{method}"), &of_endpoint());
    }
    let release = of_pool(json!({ "Address": "10.77.0.9" }));
    for _ in 0..2 {
        plugin.done("IpamDriver.ReleaseAddress", &release);
        plugin.done("NetworkDriver.DeleteNetwork", &json!({ "NetworkID": id('a') }));
        plugin.done("IpamDriver.ReleasePool", &of_pool(json!({})));
    }
    let links = plugin.lab.node(1).sh("ip -o link").unwrap();
    assert!(!links.contains("cwi") && !links.contains("cweee"), "{links}");
    assert!(!plugin.lab.node(1).cw("network ls").unwrap().contains("shop"));
}

#[test]
fn refusals_have_the_word_of_their_kind() {
    let plugin = Plugin::start();
    for (method, body, named) in [
        ("NetworkDriver.CreateNetwork", json!({ "NetworkID": "x" }), "subnet"),
        ("NetworkDriver.CreateEndpoint", of_endpoint(), "not known"),
        ("NetworkDriver.Join", of_endpoint(), "sandbox"),
        ("NetworkDriver.ProgramExternalConnectivity", of_endpoint(), "not known"),
        ("NetworkDriver.CreateNetwork", network_body(), "10.77.0.0/24"),
        ("IpamDriver.RequestPool", json!({ "V6": true }), "IPv6"),
        ("IpamDriver.RequestPool", json!({ "Pool": "many" }), "many"),
        ("IpamDriver.RequestAddress", json!({ "PoolID": "10.99.0.0/24" }), "10.99.0.0/24"),
        ("IpamDriver.RequestAddress", json!({}), "no pool"),
        ("IpamDriver.RequestAddress", json!("any"), "cannot be read"),
    ] {
        let line = plugin.refused(method, &body);
        assert!(line.contains(named), "{method}: {line}");
    }
    // What is not there need not be taken away.
    for method in ["NetworkDriver.DeleteEndpoint", "NetworkDriver.Leave"] {
        plugin.done(method, &of_endpoint());
    }
    plugin.done("NetworkDriver.DeleteNetwork", &json!({ "NetworkID": id('a') }));
    plugin.done("IpamDriver.ReleaseAddress", &json!({ "PoolID": "10.99.0.0/24", "Address": "10.99.0.2" }));
    plugin.done("IpamDriver.ReleasePool", &json!({ "PoolID": "10.99.0.0/24" }));
    let (status, answer) = plugin.ask("NetworkDriver.Newer", &json!({}));
    assert_eq!(status, "404", "{answer}");
    let (status, _) = plugin.ask("VolumeDriver.List", &json!({}));
    assert_eq!(status, "404");
}
