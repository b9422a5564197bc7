//! The command line, as scripts rely on it: exit codes, what goes to which stream, tables, JSON.
//!
//! `fake_…` tests run the real `causeway` against a daemon that only answers what it is told to;
//! the others against a real `causewayd` in a network namespace of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command {
    mod cluster;
    mod containers;
    mod fake;
    mod fake_connect;
    mod fake_exec;
    mod fake_list;
    mod fake_node;
    mod fake_publish;
    mod fake_run;
    mod fake_service;
    mod fake_several;
    mod help;
    mod ingress;
    mod invalid_requests;
    mod limits;
    mod local;
    mod local_ports;
    mod networks;
    mod node;
    mod overview;
    mod services;
    mod socket;
    mod startup;
    mod stranger;
    mod undone;
    mod unreachable;
    mod unreadable;
}
