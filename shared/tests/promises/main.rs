//! The promises of the protocol and of the client's brain, one file for each behaviour.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod convergence;
mod model;
