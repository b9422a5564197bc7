//! The daemon is killed between any two steps of any operation, and the next start finishes or undoes it.
//!
//! ```text
//!   scene.rs       one node, and the number of the step at which its daemon is killed
//!   sight.rs       all that an operation could have left half made
//!   enumerate.rs   an operation, killed at its first step, at its second one, … until it survives
//! ```
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attachments;
mod containers;
mod enumerate;
mod networks;
mod nodes;
mod scene;
mod sight;
