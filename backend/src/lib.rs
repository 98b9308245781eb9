//! Parlor server.
pub mod app;
