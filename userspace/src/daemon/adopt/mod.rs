//! What an earlier daemon left, taken over: interfaces and programs stay, processes go on, and what it was in
//! the middle of is finished or taken back.
//!
//! ```text
//!   interfaces.rs  pairs and programs, found again by their names
//!   strays.rs      pairs, directories and namespaces that no record names any more
//!   processes.rs   containers that run, that ended meanwhile, that were half made
//!   unfinished.rs  what was noted before it was begun
//! ```

mod interfaces;
mod processes;
mod strays;
mod unfinished;

pub(super) use interfaces::interfaces;
pub(super) use processes::processes;
pub(super) use strays::{ids, strays};
pub(super) use unfinished::unfinished;
