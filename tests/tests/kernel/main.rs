//! The kernel room on a real kernel: what is pinned survives, what is gone is noticed, what does not
//! fit is refused by name.

mod flood;
mod front;
mod ingress_ports;
mod layout;
mod links;
mod maps;
mod roads;
mod services;
mod upgrade;
mod xdp;
