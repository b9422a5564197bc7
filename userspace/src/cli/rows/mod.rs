//! What one line of each `ls` shows.

mod backend;
mod container;
mod network;
mod node;
mod ports;
mod service;
mod service_ports;

pub(super) use container::ContainerRow;
