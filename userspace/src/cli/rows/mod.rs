//! What one line of each `ls` shows.

mod container;
mod network;
mod node;
mod ports;

pub(super) use container::ContainerRow;
