//! What one line of each `ls` shows.

mod container;
mod network;
mod node;

pub(super) use container::ContainerRow;
