//! The promises of the protocol and of the client's state machine, one file for each behaviour.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod annotations;
mod arrivals;
mod authors;
mod connection;
mod convergence;
mod document;
mod encoding;
mod expiry;
mod frames;
mod house_frames;
mod landing;
mod model;
mod posting;
mod reading;
mod rights;
mod samples;
mod shelf;
mod timeline;
