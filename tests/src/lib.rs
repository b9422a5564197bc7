//! What the tests share.

pub mod crowd;
pub mod dataplane;
pub mod faults;
pub mod numbered;
pub mod paced;
pub mod raw;
pub mod segment;
pub mod stream;
pub mod table;
