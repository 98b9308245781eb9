//! The promises of the protocol and of the client's brain, one file for each behaviour.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod connection;
mod convergence;
mod document;
mod encoding;
mod frames;
mod model;
mod posting;
mod reading;
mod remarks;
mod samples;
mod timeline;
