//! What the tests share.

pub mod dataplane;
