//! Ports of the mesh: what the roads from outside and out of the mesh do alike.
//!
//! ```text
//!  from_outside ---> to_backend --- backend here: [`here`] -----------> translated, into the container
//!                       |  elsewhere: [`away`] -----------------------> as it is, into the mesh
//!                       |  nobody's: [`refuse`] ----------------------> a reset, or "unreachable", back
//!  from_mesh -----> out_of_mesh --- to a backend: [`here`] -----------> translated, into the container
//!                       |  asked for, and not its own: [`away`] ------> back by the mesh
//!                       |  back, unknown: [`here`] or [`away`]
//!                       '  an answer ---------------------------------> out to the client
//! ```

pub(super) mod away;
pub(super) mod choice;
pub(super) mod here;
pub(super) mod refuse;
