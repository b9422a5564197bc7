//! Whatever Causeway reads that others wrote, fed with anything: bodies of the fuzz targets, one file each.
//!
//! | target | what is read |
//! |---|---|
//! | `packet` | frames: VXLAN and what is in it, ARP, tuples, ICMP errors, TCP options; and what becomes of them |
//! | `dns` | queries of containers, as datagrams and on streams |
//! | `upstream` | answers of other name servers |
//! | `api` | bodies and queries of requests, up to the transaction that they ask for |
//! | `docker` | calls of Docker's engine: networks, and published ports |
//! | `stream` | frames of `logs` and `exec`, the keeper's lines, lines of log files |
//! | `config` | the configuration file, `--store` |
//! | `command` | the command line |
//! | `words` | the small languages that values of options are written in |
//! | `store` | keys and records of the store, up to tables and names |
//! | `addresses` | subnets, options, cursors, MACs, names |
//! | `host` | files and messages of the host: resolv.conf, `/proc`, netlink attributes, names of pins and sockets |
//!
//! Where a target reads several things, an input's first byte says which: a letter, named at the head of its file;
//! under any other nothing is read. A target does not only see that nothing panics, but also that what was read
//! holds together: it is written and read again, lengths keep within what was given, refusals are one line.

pub mod addresses;
pub mod api;
mod checksum;
mod cluster;
pub mod command;
pub mod config;
pub mod dns;
pub mod docker;
pub mod host;
pub mod json;
pub mod packet;
pub mod store;
pub mod stream;
pub mod upstream;
pub mod words;

/// What the input is, and the rest of it as text; none where it is empty or no UTF-8.
fn text(input: &[u8]) -> Option<(u8, &str)> {
    let (kind, rest) = input.split_first()?;
    Some((*kind, std::str::from_utf8(rest).ok()?))
}

/// A refusal is one line that says something.
fn is_one_line(refusal: &str) {
    assert!(!refusal.trim().is_empty(), "a refusal that says nothing");
    assert!(!refusal.contains('\n'), "a refusal of several lines: {refusal:?}");
}
