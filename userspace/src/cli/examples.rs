//! The last part of every verb's help.

pub(super) const CAUSEWAY: &str = "\
EXIT STATUS
  0 done; 1 refused by the daemon, or not applied by every node in time; 2 wrong usage;
  run and exec: 125 not run, 126 cannot be executed, 127 not found, else the command's own;
  128+n ended by signal n.

EXAMPLES
  causeway run -d --name server -p 8080:80 -- busybox httpd -f -p 80
  causeway network create -d overlay web
  causeway network connect web server
  causeway service create --network web shop
  causeway run -d --network web --service shop -- busybox httpd -f -p 80
  causeway ps";
pub(super) const NETWORK: &str = "\
EXAMPLES
  causeway network create web
  causeway network connect web server
  causeway network ls
  causeway network prune";
pub(super) const NETWORK_CREATE: &str = "\
OPTIONS OF THE DRIVERS
  bridge: com.docker.network.bridge.enable_icc=false, .enable_ip_masquerade=false,
          .host_binding_ipv4=IP
  both:   com.docker.network.driver.mtu=BYTES

EXAMPLES
  causeway network create web
  causeway network create --subnet 172.30.0.0/24 -o com.docker.network.bridge.enable_icc=false apart
  causeway network create -d overlay web
  causeway network create -d overlay --subnet 10.0.9.0/24 --gateway 10.0.9.254 \\
      --ip-range 10.0.9.128/25 --aux-address router=10.0.9.2 web
  causeway network create -d overlay --subnet 10.0.9.0/24 --subnet 10.1.9.0/24 --internal two";
pub(super) const NETWORK_LS: &str = "\
FILTERS
  name=PART, id=PREFIX, driver=DRIVER, scope=local|global, type=builtin|custom, label=KEY,
  label=KEY=VALUE

EXAMPLES
  causeway network ls
  causeway network ls --filter driver=overlay --filter label=team=web
  causeway network ls --format json";
pub(super) const NETWORK_INSPECT: &str = "\
EXAMPLES
  causeway network inspect web
  causeway network inspect web db";
pub(super) const NETWORK_RM: &str = "\
EXAMPLES
  causeway network rm web
  causeway network rm --no-wait web db";
pub(super) const NETWORK_PRUNE: &str = "\
FILTERS
  label=KEY, label=KEY=VALUE, label!=KEY, label!=KEY=VALUE, until=24h, until=2026-01-02T03:04:05Z

EXAMPLES
  causeway network prune
  causeway network prune --filter label=team=web --filter until=24h";
pub(super) const NETWORK_CONNECT: &str = "\
EXAMPLES
  causeway network connect web server
  causeway network connect --ip 10.0.9.3 --alias www web server";
pub(super) const NETWORK_DISCONNECT: &str = "\
EXAMPLES
  causeway network disconnect web server";
pub(super) const RUN: &str = "\
NETWORK MODES
  Without --network it is on the network 'bridge'. Alone can stand: --network none (only lo), host
  (the node's own namespace), container:NAME (that of another container).

PUBLISHED PORTS
  -p 8080:80                      the node's port 8080 leads to the container's port 80, tcp
  -p 80, -p 127.0.0.1::80         to port 80, from a port that is chosen; ps shows it
  -p 10000-20000:10000-20000/udp  as many pairs, in order
  -p 8000-8010:80                 to port 80, from one of these that is free

Standard input is /dev/null. INT, TERM, HUP and QUIT are passed on to the command. Without --detach
the exit status is the command's own; 125 where it was not run, 126 where it cannot be executed,
127 where it is not found.

EXAMPLES
  causeway run -d --name server -p 8080:80 -- busybox httpd -f -p 80
  causeway run -d -p 5432:5432 --source 198.18.0.0/24 -- postgres -D /srv/db
  causeway run --rm --network web -- ping -c 3 10.0.9.3
  causeway run --rm --network container:server -- ss -ltn
  causeway run -d --name server --network web --ip 10.0.9.3 -- busybox httpd -f -p 80
  causeway run -d --network web --service shop -- busybox httpd -f -p 80
  causeway run -d --network web --network-alias a --network db --ip 10.1.9.3 sleep 60";
pub(super) const ATTACH: &str = "\
EXAMPLES
  ip netns add lab && causeway attach --netns /run/netns/lab --network web lab
  causeway attach --pid 4711 --network web --ip 10.0.9.9 other
  causeway attach --netns /run/netns/vm --network web --service shop vm";
pub(super) const DETACH: &str = "\
EXAMPLES
  causeway detach lab";
pub(super) const EXEC: &str = "\
The exit status is the command's own; 125 where it was not run, 126 where it cannot be executed,
127 where it is not found.

EXAMPLES
  causeway exec server -- ip addr
  echo hello | causeway exec server -- cat";
pub(super) const PS: &str = "\
FILTERS
  name=PART, id=PREFIX, label=KEY, label=KEY=VALUE, status=created|running|exited, network=NAME

EXAMPLES
  causeway ps
  causeway ps -a --filter network=web
  causeway ps -aq --filter status=exited";
pub(super) const INSPECT: &str = "\
EXAMPLES
  causeway inspect server";
pub(super) const STOP: &str = "\
EXAMPLES
  causeway stop server
  causeway stop -t 1 server client";
pub(super) const RM: &str = "\
EXAMPLES
  causeway rm server
  causeway rm -f server client";
pub(super) const LOGS: &str = "\
EXAMPLES
  causeway logs server
  causeway logs -f server";
pub(super) const SERVICE: &str = "\
EXAMPLES
  causeway service create --network web server
  causeway run -d --service server --network web -- busybox httpd -f -p 8080
  causeway service ps server";
pub(super) const SERVICE_CREATE: &str = "\
PUBLISHED PORTS
  -p 8080:80                                   port 8080 of every node leads to backends' port 80
  -p 80                                        to port 80, from one of 30000 to 32767 that is chosen
  -p published=53,target=53,protocol=udp       the long form; mode=ingress unless said otherwise
  -p published=8080,target=80,mode=host        on the nodes that run a backend, each for its own

EXAMPLES
  causeway service create --network web server
  causeway service create --network web --endpoint-mode dnsrr db
  causeway service create --network web --affinity client-ip=600 --health-tcp 8080 shop
  causeway service create --network web --local-first --balance random cache
  causeway service create --network web -p 8080:80 --return-path dsr front
  causeway service create -p 5353:53/udp --source 198.18.0.0/16 names
  causeway service create --network web -p published=8080,target=80,mode=host back";
pub(super) const SERVICE_LS: &str = "\
FILTERS
  name=PART, id=PREFIX, mode=vip|dnsrr, network=NAME, label=KEY, label=KEY=VALUE

BACKENDS is how many are active, of how many there are.

EXAMPLES
  causeway service ls
  causeway service ls --filter network=web --filter mode=vip
  causeway service ls --format json";
pub(super) const SERVICE_INSPECT: &str = "\
EXAMPLES
  causeway service inspect server";
pub(super) const SERVICE_UPDATE: &str = "\
EXAMPLES
  causeway service update --drain server1 server
  causeway service update --undrain server1 --weight server1=3 server
  causeway service update --affinity none --health-tcp 8080 server
  causeway service update --publish-add published=80,target=80,mode=host --publish-rm 53/udp dns";
pub(super) const SERVICE_RM: &str = "\
EXAMPLES
  causeway service rm server
  causeway service rm --no-wait server db";
pub(super) const SERVICE_PS: &str = "\
FILTERS
  name=PART, id=PREFIX, node=NAME, state=starting|active|draining|down

EXAMPLES
  causeway service ps server
  causeway service ps --filter state=active -q server";
pub(super) const NODE: &str = "\
EXAMPLES
  causeway node ls
  causeway node inspect node1
  causeway node update --availability drain node1";
pub(super) const NODE_LS: &str = "\
STATUS
  Ready    it gives signs of life
  Drained  it does, and its containers take no service traffic (node update --availability drain)
  Down     it gives none: containers on other nodes no longer reach its containers or find their
           names; their addresses are kept for its return, or until `node rm --force`

REVISION is the store's revision that the node's dataplane holds.

FILTERS
  name=PART, id=PREFIX, status=ready|drained|down, availability=active|drain

EXAMPLES
  causeway node ls
  causeway node ls --filter status=down
  causeway node ls --format json";
pub(super) const NODE_INSPECT: &str = "\
EXAMPLES
  causeway node inspect node1";
pub(super) const NODE_UPDATE: &str = "\
AVAILABILITY
  A drained node's containers get no new conversations from any service, on any node; those that
  they have go on. Containers can still be run there: they are reached by their own names and
  addresses, and take service traffic once the node is active again. Nothing is moved or stopped.

EXAMPLES
  causeway node update --availability drain node1
  causeway node update --availability active node1";
pub(super) const NODE_RM: &str = "\
Only a node that is down can be removed: stop its causewayd first and wait until `causeway node ls`
says Down. With --force its containers and its own networks are removed from the cluster too, and
their addresses can be given to others; should that machine come back, run `causewayd --cleanup` on
it before it joins again, since its processes go on without a network.

EXAMPLES
  causeway node rm node3
  causeway node rm --force node3";
pub(super) const STATUS: &str = "\
EXAMPLES
  causeway status
  causeway status --format json";
pub(super) const VERSION: &str = "\
EXAMPLES
  causeway version";
