//! The small languages that values of options are written in, under one roof for whoever else reads them.

pub use super::{
    expose::expose,
    files_flags::{domain, host, word},
    filters::Filter,
    key_value::{named_address, pair},
    network_mode::mode,
    port_range::port_range,
    publish::publish,
    service_flags::{affinity, health, weight},
    service_publish::{Ports, Target, all, ports, target},
    source::source,
    until::until,
};
